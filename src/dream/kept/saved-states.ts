/** How far consolidators have come, so that the next run of a dream goes on from there. */
import type { DreamDatabase } from './dream-database.js';

export class SavedStates {
  readonly #db: DreamDatabase;

  constructor(db: DreamDatabase) {
    this.#db = db;
  }

  /** Null: there is none. */
  of(dream: string): unknown {
    const text = this.#db
      .prepare<[string], string>(
        'SELECT state FROM saved_states WHERE dream = (SELECT number FROM dreams WHERE id = ?)',
      )
      .pluck()
      .get(dream);
    return text === undefined ? null : (JSON.parse(text) as unknown);
  }

  /** `state`: JSON. */
  save(dream: string, state: unknown): void {
    this.#db
      .prepare('REPLACE INTO saved_states SELECT number, ? FROM dreams WHERE id = ?')
      .run(JSON.stringify(state), dream);
  }

  forget(dream: string): void {
    this.#db
      .prepare('DELETE FROM saved_states WHERE dream = (SELECT number FROM dreams WHERE id = ?)')
      .run(dream);
  }
}
