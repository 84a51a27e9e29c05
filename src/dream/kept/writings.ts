/** Writings of dreams, kept before they are carried out, so that a crash in between is made good. */

import type { TextEntry, Writing } from '../review/writing.js';
import type { DreamDatabase } from './dream-database.js';

export interface KeptWriting extends Writing {
  readonly number: number;
  /** `drm_…` */
  readonly dream: string;
}

interface Row {
  readonly number: number;
  readonly dream: string;
  readonly writing: string;
}

export class Writings {
  readonly #db: DreamDatabase;

  constructor(db: DreamDatabase) {
    this.#db = db;
  }

  begin(dream: string, writing: Writing, time: string): KeptWriting {
    return this.#db.transaction(() => {
      const status = writing.kind === 'apply' ? 'applying' : 'reverting';
      this.#db.prepare('UPDATE dreams SET status = ? WHERE id = ?').run(status, dream);
      const { lastInsertRowid } = this.#db
        .prepare(
          `INSERT INTO writings (dream, kind, time, done, removed_bytes, writing)
           SELECT number, ?, ?, 0, ?, ? FROM dreams WHERE id = ?`,
        )
        .run(writing.kind, time, writing.removedBytes, JSON.stringify(writing), dream);
      return { ...writing, dream, number: Number(lastInsertRowid) };
    })();
  }

  /** Writings that were begun and did not end. */
  open(): KeptWriting[] {
    return this.#select('done = 0', []);
  }

  /** Writings of a dream that are applied and not reverted, the oldest first. */
  applied(dream: string): KeptWriting[] {
    return this.#select(`done = 1 AND kind = 'apply' AND id = ?`, [dream]);
  }

  #select(condition: string, values: readonly string[]): KeptWriting[] {
    return this.#db
      .prepare<unknown[], Row>(
        `SELECT w.number, id AS dream, writing FROM writings w JOIN dreams d ON d.number = w.dream
         WHERE ${condition} ORDER BY w.number`,
      )
      .all(...values)
      .map(({ number, dream, writing }) => ({ number, dream, ...(JSON.parse(writing) as Writing) }));
  }

  /**
   * Ends a writing. A reverted dream has nothing applied any more. The caller keeps `edits`, in the same
   * transaction.
   */
  end({ number, dream, kind, ...writing }: KeptWriting): void {
    const kept = { ...writing, kind, steps: [], edits: [] };
    this.#db
      .prepare('UPDATE writings SET done = 1, writing = ? WHERE number = ?')
      .run(JSON.stringify(kept), number);
    if (kind === 'revert')
      this.#db
        .prepare(
          `DELETE FROM writings WHERE kind = 'apply' AND dream = (SELECT number FROM dreams WHERE id = ?)`,
        )
        .run(dream);
  }

  /** Bytes that dreams of a store have taken away since a time (RFC 3339), and nobody has brought back. */
  removedSince(store: string, time: string): number {
    return this.#db
      .prepare<[string, string], number>(
        `SELECT coalesce(sum(w.removed_bytes), 0) FROM writings w JOIN dreams d ON d.number = w.dream
         WHERE store = ? AND w.time >= ? AND w.kind = 'apply'`,
      )
      .pluck()
      .get(store, time)!;
  }

  /** Changes the texts that the writings of a store keep. Returns how many writings are other than before. */
  rewrite(store: string, change: (text: string) => string): number {
    const rows = this.#db
      .prepare<[string], Row>(
        `SELECT w.number, id AS dream, writing FROM writings w JOIN dreams d ON d.number = w.dream WHERE store = ?`,
      )
      .all(store);
    const put = this.#db.prepare('UPDATE writings SET writing = ? WHERE number = ?');
    let changed = 0;
    for (const { number, writing } of rows) {
      const kept = JSON.parse(writing) as Writing;
      const clean = ([path, text]: TextEntry): TextEntry => [path, change(text)];
      const text = JSON.stringify({
        ...kept,
        before: kept.before.map(clean),
        after: kept.after.map(clean),
      });
      if (text !== writing) changed += put.run(text, number).changes;
    }
    return changed;
  }
}
