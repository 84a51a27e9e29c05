import type { Actor } from '../core/model.js';
import type { Branch } from './branches.js';
import type { SqliteDatabase, Statement } from './database.js';
import { decodeNumbers, encodeNumbers } from './number-list.js';
import type { Segments } from './segments.js';

export interface StoredHandle {
  readonly id: number;
  readonly connection: number;
  readonly ino: number;
  readonly flags: number;
  readonly actor: Actor;
}

export interface StoredWorkingState {
  readonly ino: number;
  readonly connection: number;
  readonly size: number;
  readonly segments: Segments;
  readonly actor: Actor;
  /** Ids of contents: what it was begun from, and what it must still find. */
  readonly base: number | null;
  readonly basis: number | null;
  readonly appendedTo: number | null;
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

/** What is open, uncommitted or locked on a branch at the moment of a group commit: what the next engine goes on from. */
export class OpenState {
  readonly #database: SqliteDatabase;
  readonly #branch: number;
  readonly #handle: Statement;
  readonly #working: Statement;
  readonly #lock: Statement;

  constructor(database: SqliteDatabase, branch: Branch) {
    this.#database = database;
    this.#branch = branch.id;
    this.#handle = database.prepare(
      `INSERT INTO open_handles (branch, id, connection, ino, flags, agent, session, claimed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#working = database.prepare(
      `INSERT INTO working_states (branch, ino, connection, size, segments, agent, session, claimed, base, basis,
         appended_to) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
    const rows = this.#rows('open_handles', 'id, connection, ino, flags, agent, session, claimed') as (Omit<
      StoredHandle,
      'actor'
    > &
      StoredActor)[];
    return rows.map(({ agent, session, claimed, ...handle }) => ({
      ...handle,
      actor: actorOf({ agent, session, claimed }),
    }));
  }

  storeHandles(handles: Iterable<StoredHandle>): void {
    this.#clear('open_handles');
    for (const { id, connection, ino, flags, actor } of handles) {
      const claimed = actor.claimed === true ? 1 : 0;
      this.#handle.run(this.#branch, id, connection, ino, flags, actor.agent, actor.session, claimed);
    }
  }

  workingStates(): StoredWorkingState[] {
    const rows = this.#rows(
      'working_states',
      'ino, connection, size, segments, agent, session, claimed, base, basis, appended_to',
    ) as ({
      ino: number;
      connection: number;
      size: number;
      segments: Buffer;
      base: number | null;
      basis: number | null;
      appended_to: number | null;
    } & StoredActor)[];
    return rows.map(({ agent, session, claimed, segments, appended_to, ...state }) => ({
      ...state,
      appendedTo: appended_to,
      segments: decodeNumbers(segments),
      actor: actorOf({ agent, session, claimed }),
    }));
  }

  storeWorkingStates(states: Iterable<StoredWorkingState>): void {
    this.#clear('working_states');
    for (const { ino, connection, size, segments, actor, base, basis, appendedTo } of states) {
      const { agent, session, claimed } = actor;
      this.#working.run(
        this.#branch,
        ino,
        connection,
        size,
        encodeNumbers(segments),
        agent,
        session,
        claimed === true ? 1 : 0,
        base,
        basis,
        appendedTo,
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
