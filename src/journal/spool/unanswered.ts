import type { SqliteDatabase, Statement } from '../database.js';

export interface UnansweredRow {
  readonly connection: number;
  /** The kernel's request id (decimal) and the operation. */
  readonly request: string;
  readonly result: unknown;
}

/** Results of requests that an engine carried out and may have died before answering. */
export class UnansweredTable {
  readonly #all: Statement;
  readonly #clear: Statement;
  readonly #insert: Statement;

  constructor(database: SqliteDatabase) {
    this.#all = database.prepare('SELECT connection, request, result FROM unanswered');
    this.#clear = database.prepare('DELETE FROM unanswered');
    this.#insert = database.prepare('INSERT INTO unanswered (connection, request, result) VALUES (?, ?, ?)');
  }

  all(): UnansweredRow[] {
    const rows = this.#all.all() as (Omit<UnansweredRow, 'result'> & { result: string })[];
    return rows.map((row) => ({ ...row, result: JSON.parse(row.result) as unknown }));
  }

  /** `results` by `connection:request operation`. */
  store(results: ReadonlyMap<string, unknown>): void {
    this.#clear.run();
    for (const [key, result] of results) {
      const [connection, request] = key.split(':');
      this.#insert.run(Number(connection), request, JSON.stringify(result));
    }
  }
}
