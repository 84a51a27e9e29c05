/** Hosts that the texts of a store may be sent to, as its owner has agreed. */
import type { DreamDatabase } from './dream-database.js';

export class Uploads {
  readonly #db: DreamDatabase;

  constructor(db: DreamDatabase) {
    this.#db = db;
  }

  /** Whether the owner has agreed, for this dream or an earlier one. */
  isAllowed(store: string, host: string): boolean {
    const row = this.#db
      .prepare('SELECT 1 FROM uploads WHERE store = ? AND host = ?')
      .pluck()
      .get(store, host);
    return row !== undefined;
  }

  allow(store: string, host: string, time: string): void {
    this.#db.prepare('INSERT OR IGNORE INTO uploads VALUES (?, ?, ?)').run(store, host, time);
  }
}
