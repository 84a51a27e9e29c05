/** Edits that reviewers did not want, as fingerprints. */
import type { DreamDatabase } from './dream-database.js';

export class Rejections {
  readonly #db: DreamDatabase;

  constructor(db: DreamDatabase) {
    this.#db = db;
  }

  add(store: string, fingerprints: readonly string[], time: string): void {
    const put = this.#db.prepare('INSERT OR IGNORE INTO rejections VALUES (?, ?, ?)');
    this.#db.transaction(() => {
      for (const fingerprint of fingerprints) put.run(store, fingerprint, time);
    })();
  }

  /** Fingerprints. */
  of(store: string): ReadonlySet<string> {
    return new Set(
      this.#db
        .prepare<[string], string>('SELECT fingerprint FROM rejections WHERE store = ?')
        .pluck()
        .all(store),
    );
  }
}
