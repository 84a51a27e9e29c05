import { randomBytes } from 'node:crypto';
import { mainBranch } from '../branches/branches.js';
import type { SqliteDatabase, Statement } from '../database.js';
import { encodeNumbers } from '../number-list.js';
import { chainNext, chainStart, commitmentOf } from '../records/chain.js';
import { operations } from '../records/records.js';
import { salvager } from './salvager.js';

const root = Buffer.from('/');
const lostOperation = operations.indexOf('lost');

/** A record that takes the place of one that is lost. */
interface Lost {
  readonly seq: number;
  /** The chain of the record before, and its time. */
  readonly before: Uint8Array;
  readonly time: number;
  /** The record that took its content away. */
  readonly takenBy: number | null;
  /** Records whose contents it took away. */
  readonly took: readonly number[] | undefined;
}

/** Records that are written where there is none. */
export class MadeRecords {
  readonly #database: SqliteDatabase;
  readonly #insert: Statement;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#insert = database.prepare(
      `INSERT INTO records (seq, branch, time_ms, operation, actor, ino, memory, parent, commitment, chain, salt, path,
         previous_path, content, mount, claimed, removes, removed_by)
         VALUES (?, ?, ?, ?, ?, 1, NULL, NULL, ?, ?, ?, ?, ?, NULL, 0, 0, ?, ?)`,
    );
  }

  /** A record that makes or ends a branch. Its chain is still to be made. */
  ofBranch(seq: number, operation: number, branch: number, name: string): void {
    const salt = randomBytes(16);
    const previousPath = Buffer.from(name);
    const commitment = commitmentOf(salt, { path: root, previousPath, content: null });
    const values = [seq, branch, this.#timeBefore(seq), operation, this.#actor(), commitment];
    this.#insert.run(...values, chainStart, salt, root, previousPath, null, null);
  }

  #timeBefore(seq: number): number {
    const select = 'SELECT time_ms FROM records WHERE seq < ? ORDER BY seq DESC LIMIT 1';
    return (this.#database.prepare(select).pluck().get(seq) as number | undefined) ?? 0;
  }

  /** Returns its chain. */
  lost({ seq, before, time, takenBy, took }: Lost): Buffer {
    const removes = took === undefined ? null : encodeNumbers(took);
    const salt = randomBytes(16);
    const commitment = commitmentOf(salt, { path: root, previousPath: null, content: null, removes });
    const fields = {
      seq,
      branch: mainBranch.id,
      timeMs: time,
      operation: lostOperation,
      ...salvager,
      ino: 1,
      memory: null,
      parent: null,
      commitment,
      mount: 0,
      claimed: false,
    };
    const chain = chainNext(before, fields);
    const values = [seq, mainBranch.id, time, lostOperation, this.#actor(), commitment, chain];
    this.#insert.run(...values, takenBy === null ? salt : null, root, null, removes, takenBy);
    return chain;
  }

  #actor(): number {
    const { agent, session } = salvager;
    this.#database.prepare('INSERT OR IGNORE INTO actors (agent, session) VALUES (?, ?)').run(agent, session);
    return this.#database
      .prepare('SELECT id FROM actors WHERE agent = ? AND session = ?')
      .pluck()
      .get(agent, session) as number;
  }
}
