/** The schedules of a data directory, one a store at most. */
import { MemfsError } from '../../core/errors.js';
import { ScheduleSettings } from '../triggers/schedule.js';
import type { DreamDatabase } from './dream-database.js';

export interface Schedule {
  /** `memstore_…` */
  readonly store: string;
  readonly settings: ScheduleSettings;
  readonly paused: boolean;
  /** RFC 3339, UTC. */
  readonly created_at: string;
  /** When the times of its `cron` were last looked at. */
  readonly looked_at: string;
}

interface ScheduleRow extends Omit<Schedule, 'settings' | 'paused'> {
  readonly settings: string;
  readonly paused: 0 | 1;
}

const scheduleOf = ({ settings, paused, ...rest }: ScheduleRow): Schedule => ({
  ...rest,
  settings: ScheduleSettings.parse(JSON.parse(settings)),
  paused: paused === 1,
});

export class Schedules {
  readonly #db: DreamDatabase;

  constructor(db: DreamDatabase) {
    this.#db = db;
  }

  /** All schedules, the oldest first. */
  list(): Schedule[] {
    return this.#db
      .prepare<[], ScheduleRow>('SELECT * FROM schedules ORDER BY created_at, store')
      .all()
      .map(scheduleOf);
  }

  find(store: string): Schedule | undefined {
    return this.list().find((schedule) => schedule.store === store);
  }

  /** Sets the schedule of a store in place of the one that it has; a pause goes on. */
  set(store: string, settings: ScheduleSettings, time: string): Schedule {
    this.#db
      .prepare(
        `INSERT INTO schedules (store, settings, paused, created_at, looked_at) VALUES (?, ?, 0, ?, ?)
         ON CONFLICT (store) DO UPDATE SET settings = excluded.settings, looked_at = excluded.looked_at`,
      )
      .run(store, JSON.stringify(settings), time, time);
    return this.find(store)!;
  }

  remove(store: string): void {
    this.#expectOne(this.#db.prepare('DELETE FROM schedules WHERE store = ?').run(store).changes);
  }

  setPaused(store: string, paused: boolean): Schedule {
    const set = this.#db.prepare('UPDATE schedules SET paused = ? WHERE store = ?');
    this.#expectOne(set.run(paused ? 1 : 0, store).changes);
    return this.find(store)!;
  }

  looked(store: string, time: string): void {
    this.#db.prepare('UPDATE schedules SET looked_at = ? WHERE store = ?').run(time, store);
  }

  #expectOne(changes: number): void {
    if (changes === 0)
      throw new MemfsError('not_found', 'the store has no schedule', {
        hint: 'memfsd dream schedule STORE --every 24h',
      });
  }
}
