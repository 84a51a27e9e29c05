import type { SqliteDatabase, Statement } from './database.js';

/**
 * How many bytes the lines of `log.jsonl` have up to the end of each block of records: what makes its size and any
 * place in it known without printing the journal again. One list for each view, which is what a scope shows.
 */
export class LogMarks {
  readonly #all: Statement;
  readonly #put: Statement;
  readonly #clear: Statement;

  constructor(database: SqliteDatabase) {
    this.#all = database.prepare('SELECT bytes FROM log_marks WHERE view = ? ORDER BY block').pluck();
    this.#put = database.prepare('REPLACE INTO log_marks (view, block, bytes) VALUES (?, ?, ?)');
    this.#clear = database.prepare('DELETE FROM log_marks WHERE view = ?');
  }

  all(view: string): number[] {
    return this.#all.all(view) as number[];
  }

  put(view: string, block: number, bytes: number): void {
    this.#put.run(view, block, bytes);
  }

  clear(view: string): void {
    this.#clear.run(view);
  }
}
