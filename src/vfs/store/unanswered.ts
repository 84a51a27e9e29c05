import type { SqliteDatabase } from '../../journal/database.js';
import { UnansweredTable } from '../../journal/spool/unanswered.js';
import type { OperationName } from '../operations/all.js';
import type { Origin } from './operation.js';
import type { Frame } from './operation-contexts.js';

/** How long results of an earlier engine are kept for requests that the kernel sends again. */
const keptMs = 30_000;

/** Results of what an earlier engine carried out and may have died before answering. */
export class Unanswered {
  readonly #table: UnansweredTable;
  readonly #startedMs: number;
  readonly #results = new Map<string, unknown>();
  /** How many of them the table holds. */
  #stored: number;

  constructor(database: SqliteDatabase, nowMs: number) {
    this.#table = new UnansweredTable(database);
    this.#startedMs = nowMs;
    for (const { connection, request, result } of this.#table.all())
      this.#results.set(`${connection}:${request}`, result);
    this.#stored = this.#results.size;
  }

  /** Whether a request that comes again had been carried out as this operation. */
  has({ connection, unique, resent }: Request, name: OperationName): boolean {
    return resent && this.#results.has(`${connection}:${unique} ${name}`);
  }

  /** Returns what the operation returned then; undefined where `has` is false. */
  result({ connection, unique }: Request, name: OperationName): unknown {
    return this.#results.get(`${connection}:${unique} ${name}`);
  }

  /** Takes over the result of a frame that an earlier engine has left. */
  add({ c: connection, u: unique, o: name, r: result }: Frame): void {
    if (unique !== undefined) this.#results.set(`${connection}:${unique} ${name}`, result);
  }

  /** The spool that proves what was carried out is about to go: its results move to the table. */
  store(nowMs: number): void {
    if (nowMs - this.#startedMs > keptMs) this.#results.clear();
    if (this.#results.size !== this.#stored) this.#table.store(this.#results);
  }

  /** The transaction of the last `store` was committed. */
  committed(): void {
    this.#stored = this.#results.size;
  }
}

type Request = Pick<Origin, 'connection' | 'unique' | 'resent'>;
