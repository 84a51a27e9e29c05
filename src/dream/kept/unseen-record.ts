/** The record that policies go by: which edits people accepted, and how much was applied without them. */

import type { Edit, EditKind } from '../edit.js';
import type { ReviewRecord } from '../review/unseen.js';
import type { DreamDatabase } from './dream-database.js';

export class UnseenRecord {
  readonly #db: DreamDatabase;

  constructor(db: DreamDatabase) {
    this.#db = db;
  }

  /**
   * Counts the reviewed edits of a store by kind. An edit with a note does not count: it was applied unseen,
   * or not as proposed.
   */
  reviews(store: string): ReadonlyMap<EditKind, ReviewRecord> {
    const edits = this.#db
      .prepare<[string], string>('SELECT edit FROM edits JOIN dreams ON number = dream WHERE store = ?')
      .pluck()
      .all(store)
      .map((text) => JSON.parse(text) as Edit);
    const records = new Map<EditKind, { judged: number; accepted: number }>();
    for (const { kind, state, note } of edits) {
      if (note !== null || !['applied', 'rejected', 'reverted'].includes(state)) continue;
      const record = records.get(kind) ?? { judged: 0, accepted: 0 };
      record.judged += 1;
      if (state === 'applied') record.accepted += 1;
      records.set(kind, record);
    }
    return records;
  }

  /** Adds to the bytes that a dream changed unseen. */
  add(dream: string, bytes: number): void {
    this.#db.prepare('UPDATE dreams SET unseen_bytes = unseen_bytes + ? WHERE id = ?').run(bytes, dream);
  }

  /** Bytes that dreams of a store changed unseen since a time (RFC 3339) and that are not reverted. */
  bytesSince(store: string, time: string): number {
    return this.#db
      .prepare<[string, string], number>(
        `SELECT coalesce(sum(unseen_bytes), 0) FROM dreams WHERE store = ? AND ended_at >= ? AND status <> 'reverted'`,
      )
      .pluck()
      .get(store, time)!;
  }
}
