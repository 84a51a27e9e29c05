import { randomBytes } from 'node:crypto';
import type { SqliteDatabase, Statement } from '../database.js';

const nameBytes = 16;

/**
 * The name of the frames in the spool that the database has not committed. It is random, never counted: a
 * number could be given out again after a loss of power took the commits that had counted it, and frames of the lost
 * history would pass for the present one.
 */
export class SpoolGeneration {
  readonly #get: Statement;
  readonly #put: Statement;
  readonly #dropFormer: Statement;

  constructor(database: SqliteDatabase) {
    this.#get = database.prepare('SELECT value FROM meta WHERE key = ?').pluck();
    this.#put = database.prepare("REPLACE INTO meta (key, value) VALUES ('spool', ?)");
    this.#dropFormer = database.prepare("DELETE FROM meta WHERE key = 'former_spool'");
  }

  /** Null until the first group commit of a store that an earlier version has left. */
  get current(): Buffer | null {
    return (this.#get.get('spool') as Buffer | undefined) ?? null;
  }

  /** The number of the generation that the earlier version has not committed; null once this version has. */
  get former(): number | null {
    return (this.#get.get('former_spool') as number | undefined) ?? null;
  }

  /** In the transaction that commits all frames so far: names those that follow. */
  renew(): Buffer {
    const name = randomBytes(nameBytes);
    this.#put.run(name);
    this.#dropFormer.run();
    return name;
  }
}
