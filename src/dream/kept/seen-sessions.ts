/** The sessions that dreams have read. */
import type { DreamDatabase } from './dream-database.js';

export interface SeenSession {
  readonly id: string;
  /** The number of events that it had then. */
  readonly events: number;
}

/** A dream in one of these has not used up the sessions that it read. */
const notDreamt = `('pending', 'running', 'failed', 'canceled', 'superseded')`;

export class SeenSessions {
  readonly #db: DreamDatabase;

  constructor(db: DreamDatabase) {
    this.#db = db;
  }

  note(dream: string, sessions: readonly SeenSession[]): void {
    const put = this.#db.prepare('REPLACE INTO dream_sessions SELECT number, ?, ? FROM dreams WHERE id = ?');
    for (const { id, events } of sessions) put.run(id, events, dream);
  }

  /**
   * How many events of each session earlier dreams of the store have seen. `anew`: a dream of a schedule that
   * still waits for review does not count, as the next one takes its place.
   */
  of(store: string, anew: boolean): ReadonlyMap<string, number> {
    const rows = this.#db
      .prepare<[string, number], { session: string; events: number }>(
        `SELECT session, max(events) AS events FROM dream_sessions JOIN dreams ON number = dream
         WHERE store = ? AND status NOT IN ${notDreamt}
           AND NOT (? AND status = 'staged' AND json_extract(request, '$.schedule') IS NOT NULL)
         GROUP BY session`,
      )
      .all(store, anew ? 1 : 0);
    return new Map(rows.map(({ session, events }) => [session, events]));
  }
}
