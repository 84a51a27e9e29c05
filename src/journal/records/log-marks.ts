import type { SqliteDatabase, Statement } from '../database.js';

/** The names of a branch's views begin with this. */
export const viewPrefix = (branch: number): string => `${branch} `;

/**
 * How many bytes the lines of `log.jsonl` have up to the end of each block of records: what makes its size and any
 * place in it known without printing the journal again. One list for each view, which is what a scope shows.
 */
export class LogMarks {
  readonly #all: Statement;
  readonly #put: Statement;
  readonly #clear: Statement;
  readonly #clearAll: Statement;

  constructor(database: SqliteDatabase) {
    this.#all = database.prepare('SELECT block, bytes FROM log_marks WHERE view = ? ORDER BY block');
    this.#put = database.prepare('REPLACE INTO log_marks (view, block, bytes) VALUES (?, ?, ?)');
    this.#clear = database.prepare('DELETE FROM log_marks WHERE view = ?');
    this.#clearAll = database.prepare('DELETE FROM log_marks WHERE substr(view, 1, ?) = ?');
  }

  /** The marks of the blocks from the first one on, up to one that could not be stored. */
  all(view: string): number[] {
    const marks = this.#all.all(view) as { block: number; bytes: number }[];
    const gap = marks.findIndex(({ block }, index) => block !== index);
    return (gap < 0 ? marks : marks.slice(0, gap)).map(({ bytes }) => bytes);
  }

  put(view: string, block: number, bytes: number): void {
    this.#put.run(view, block, bytes);
  }

  clear(view: string): void {
    this.#clear.run(view);
  }

  /** Deletes the marks of all views of a branch. */
  clearOf(branch: number): void {
    const prefix = viewPrefix(branch);
    this.#clearAll.run(prefix.length, prefix);
  }
}
