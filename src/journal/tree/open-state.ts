import type { Actor } from '../../core/model.js';
import type { Branch } from '../branches/branches.js';
import type { Segments } from '../contents/segments.js';
import type { SqliteDatabase, Statement } from '../database.js';
import { decodeNumbers, encodeNumbers } from '../number-list.js';

export interface StoredHandle {
  readonly id: number;
  readonly connection: number;
  readonly ino: number;
  readonly flags: number;
  readonly actor: Actor;
  /** It has changed the file in place. */
  readonly edited: boolean;
}

/** The bytes that one handle has appended; see `Tail`. */
export interface StoredTail {
  readonly handle: number;
  readonly actor: Actor;
  readonly bound: boolean;
  readonly base: number | null | undefined;
  readonly from: number;
  readonly size: number;
  readonly segments: Segments;
}

export interface StoredWorkingState {
  readonly ino: number;
  readonly connection: number;
  readonly actor: Actor;
  /** Ids of contents: what it was begun from, and what it must still find. */
  readonly base: number | null;
  readonly basis: number | null;
  readonly edited: boolean;
  /** Without what was appended. */
  readonly size: number;
  readonly segments: Segments;
  readonly tails: readonly StoredTail[];
  /** Pairs of index and length, in the order in which the mount saw the tails grow; null: one after the other. */
  readonly runs: readonly number[] | null;
  readonly underWay: { readonly handle: number; readonly thread: number; readonly bytes: number } | null;
}

/** A granted lock. Owners are only unique within a connection. */
export interface HeldLock {
  readonly ino: number;
  readonly connection: number;
  readonly kind: 'posix' | 'flock';
  readonly owner: bigint;
  readonly type: 'read' | 'write';
  readonly start: bigint;
  /** Inclusive. */
  readonly end: bigint;
  readonly pid: number;
  /** The handle through which it was taken; an open file description lock (fcntl(2)) ends with it. */
  readonly handle: number;
}

interface StoredActor {
  readonly agent: string;
  readonly session: string;
  readonly claimed: 0 | 1;
}

const actorOf = ({ agent, session, claimed }: StoredActor): Actor =>
  claimed === 1 ? { agent, session, claimed: true } : { agent, session };

const columnsOf = ({ agent, session, claimed }: Actor): [string, string, 0 | 1] => [
  agent,
  session,
  claimed === true ? 1 : 0,
];

interface HandleRow extends StoredActor {
  readonly id: number;
  readonly connection: number;
  readonly ino: number;
  readonly flags: number;
  readonly edited: 0 | 1;
}

interface WorkingRow extends StoredActor {
  readonly ino: number;
  readonly connection: number;
  readonly size: number;
  readonly segments: Buffer;
  readonly base: number | null;
  readonly basis: number | null;
  readonly edited: 0 | 1;
  readonly runs: Buffer | null;
  readonly under_way: Buffer | null;
}

interface TailRow extends StoredActor {
  readonly ino: number;
  readonly connection: number;
  readonly handle: number;
  readonly bound: 0 | 1;
  readonly base: number | null;
  readonly from: number;
  readonly size: number;
  readonly segments: Buffer;
}

/** As the base of a tail. */
const notCommittable = -1;

function underWayOf(stored: Buffer): StoredWorkingState['underWay'] {
  const [handle, thread, bytes] = decodeNumbers(stored);
  return { handle: handle!, thread: thread! - 1, bytes: bytes! };
}

/** Open, uncommitted and locked files of a branch at the moment of a group commit: the next engine goes on from them. */
export class OpenState {
  readonly #database: SqliteDatabase;
  readonly #branch: number;
  readonly #handle: Statement;
  readonly #working: Statement;
  readonly #tail: Statement;
  readonly #lock: Statement;

  constructor(database: SqliteDatabase, branch: Branch) {
    this.#database = database;
    this.#branch = branch.id;
    this.#handle = database.prepare(
      `INSERT INTO open_handles (branch, id, connection, ino, flags, agent, session, claimed, edited)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#working = database.prepare(
      `INSERT INTO working_states (branch, ino, connection, agent, session, claimed, base, basis, edited, size,
         segments, runs, under_way) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#tail = database.prepare(
      `INSERT INTO appended (branch, ino, connection, place, handle, agent, session, claimed, bound, base, start, size,
         segments) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#lock = database.prepare(
      `INSERT INTO held_locks (branch, ino, connection, handle, kind, owner, type, first, last, pid)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  #rows(table: string, columns: string): unknown[] {
    return this.#database.prepare(`SELECT ${columns} FROM ${table} WHERE branch = ?`).all(this.#branch);
  }

  #clear(table: string): void {
    this.#database.prepare(`DELETE FROM ${table} WHERE branch = ?`).run(this.#branch);
  }

  handles(): StoredHandle[] {
    const columns = 'id, connection, ino, flags, agent, session, claimed, edited';
    const rows = this.#rows('open_handles', columns) as HandleRow[];
    return rows.map(({ agent, session, claimed, edited, ...handle }) => ({
      ...handle,
      edited: edited === 1,
      actor: actorOf({ agent, session, claimed }),
    }));
  }

  storeHandles(handles: Iterable<StoredHandle>): void {
    this.#clear('open_handles');
    for (const { id, connection, ino, flags, actor, edited } of handles)
      this.#handle.run(this.#branch, id, connection, ino, flags, ...columnsOf(actor), edited ? 1 : 0);
  }

  workingStates(): StoredWorkingState[] {
    const tails = this.#tails();
    const rows = this.#rows(
      'working_states',
      'ino, connection, size, segments, agent, session, claimed, base, basis, edited, runs, under_way',
    ) as WorkingRow[];
    return rows.map(({ agent, session, claimed, segments, edited, runs, under_way: underWay, ...state }) => ({
      ...state,
      edited: edited === 1,
      segments: decodeNumbers(segments),
      actor: actorOf({ agent, session, claimed }),
      runs: runs === null ? null : decodeNumbers(runs),
      underWay: underWay === null ? null : underWayOf(underWay),
      tails: tails.get(`${state.connection} ${state.ino}`) ?? [],
    }));
  }

  #tails(): Map<string, StoredTail[]> {
    const found = new Map<string, StoredTail[]>();
    const rows = this.#database
      .prepare(
        `SELECT ino, connection, handle, agent, session, claimed, bound, base, start AS "from", size, segments
           FROM appended WHERE branch = ? ORDER BY connection, ino, place`,
      )
      .all(this.#branch) as TailRow[];
    for (const { ino, connection, agent, session, claimed, bound, base, segments, ...tail } of rows) {
      const key = `${connection} ${ino}`;
      const stored = {
        ...tail,
        base: base === notCommittable ? undefined : base,
        bound: bound === 1,
        actor: actorOf({ agent, session, claimed }),
        segments: decodeNumbers(segments),
      };
      found.set(key, [...(found.get(key) ?? []), stored]);
    }
    return found;
  }

  storeWorkingStates(states: Iterable<StoredWorkingState>): void {
    this.#clear('working_states');
    this.#clear('appended');
    for (const state of states) {
      const { ino, connection, size, segments, base, basis, edited, runs, underWay } = state;
      this.#working.run(
        this.#branch,
        ino,
        connection,
        ...columnsOf(state.actor),
        base,
        basis,
        edited ? 1 : 0,
        size,
        encodeNumbers(segments),
        runs === null ? null : encodeNumbers(runs),
        underWay === null ? null : encodeNumbers([underWay.handle, underWay.thread + 1, underWay.bytes]),
      );
      for (const [place, tail] of state.tails.entries())
        this.#tail.run(
          this.#branch,
          ino,
          connection,
          place,
          tail.handle,
          ...columnsOf(tail.actor),
          tail.bound ? 1 : 0,
          tail.base === undefined ? notCommittable : tail.base,
          tail.from,
          tail.size,
          encodeNumbers(tail.segments),
        );
    }
  }

  locks(): HeldLock[] {
    const rows = this.#rows(
      'held_locks',
      'ino, connection, handle, kind, owner, type, first, last, pid',
    ) as (Omit<HeldLock, 'owner' | 'start' | 'end'> & { owner: string; first: string; last: string })[];
    return rows.map(({ owner, first, last, ...lock }) => ({
      ...lock,
      owner: BigInt(owner),
      start: BigInt(first),
      end: BigInt(last),
    }));
  }

  storeLocks(locks: Iterable<HeldLock>): void {
    this.#clear('held_locks');
    for (const { ino, connection, handle, kind, owner, type, start, end, pid } of locks)
      this.#lock.run(
        this.#branch,
        ino,
        connection,
        handle,
        kind,
        String(owner),
        type,
        String(start),
        String(end),
        pid,
      );
  }
}
