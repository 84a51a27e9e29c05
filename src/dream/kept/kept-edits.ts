/** The edits of dreams, in the order of their numbers. */
import type { Edit, EditState } from '../edit.js';
import type { DreamDatabase } from './dream-database.js';

export class KeptEdits {
  readonly #db: DreamDatabase;

  constructor(db: DreamDatabase) {
    this.#db = db;
  }

  of(dream: string): Edit[] {
    return this.#db
      .prepare<[string], string>(
        'SELECT edit FROM edits WHERE dream = (SELECT number FROM dreams WHERE id = ?) ORDER BY n',
      )
      .pluck()
      .all(dream)
      .map((text) => JSON.parse(text) as Edit);
  }

  /** How many edits of a dream are in each state. */
  counts(dream: string): Partial<Record<EditState, number>> {
    const rows = this.#db
      .prepare<[string], { state: EditState; count: number }>(
        `SELECT json_extract(edit, '$.state') AS state, count(*) AS count FROM edits
         WHERE dream = (SELECT number FROM dreams WHERE id = ?) GROUP BY state`,
      )
      .all(dream);
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  /** Adds edits, each in place of the one that has its number. */
  put(dream: string, edits: readonly Edit[]): void {
    const put = this.#db.prepare('REPLACE INTO edits SELECT number, ?, ? FROM dreams WHERE id = ?');
    this.#db.transaction(() => {
      for (const edit of edits) put.run(edit.n, JSON.stringify(edit), dream);
    })();
  }

  /** Changes the edits of one store's dreams or (null) of all. Returns how many are other than before. */
  rewrite(store: string | null, change: (edit: Edit) => Edit): number {
    const rows = this.#db
      .prepare<[string | null, string | null], { dream: number; n: number; edit: string }>(
        'SELECT dream, n, edit FROM edits JOIN dreams ON number = dream WHERE ? IS NULL OR store = ?',
      )
      .all(store, store);
    const put = this.#db.prepare('UPDATE edits SET edit = ? WHERE dream = ? AND n = ?');
    let changed = 0;
    this.#db.transaction(() => {
      for (const { dream, n, edit } of rows) {
        const text = JSON.stringify(change(JSON.parse(edit) as Edit));
        if (text !== edit) changed += put.run(text, dream, n).changes;
      }
    })();
    return changed;
  }
}
