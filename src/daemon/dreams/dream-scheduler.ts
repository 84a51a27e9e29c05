/** Begins the dreams that schedules ask for. */
import type { Logger } from 'pino';
import type { SessionBody } from '../../api/endpoints/transcripts.js';
import { asMemfsError } from '../../core/errors.js';
import type { Dream } from '../../dream/dream.js';
import type { Dreams } from '../../dream/kept/dreams.js';
import type { Schedule } from '../../dream/kept/schedules.js';
import { mayBegin, sinceLastDream, triggerDue } from '../../dream/triggers/due.js';
import type { Clock } from '../../vfs/store/clock.js';
import type { Catalog } from '../catalog.js';

/** In ms; a machine that slept looks within this time of its waking. */
const lookEveryMs = 15_000;

export interface SchedulerParts {
  readonly dreams: Dreams;
  readonly catalog: Catalog;
  /** The sessions of a store, by its id. */
  readonly sessions: (store: string) => Promise<readonly SessionBody[]>;
  /** Begins a dream; throws where none can be begun now. */
  readonly start: (store: string, request: Dream['request']) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

export class DreamScheduler {
  readonly #parts: SchedulerParts;
  #timer: NodeJS.Timeout;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#timer = this.#later();
  }

  #later(): NodeJS.Timeout {
    return setTimeout(() => {
      void this.look().finally(() => {
        this.#timer = this.#later();
      });
    }, lookEveryMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Looks at one store after the other; a failure of one does not keep the others. */
  async look(): Promise<void> {
    const { dreams, catalog, log } = this.#parts;
    for (const schedule of dreams.schedules.list()) {
      const store = catalog.findStore(schedule.store);
      if (schedule.paused || store === undefined || store.archived === 1) continue;
      try {
        await this.#lookAt(schedule);
      } catch (thrown) {
        log.error({ store: store.name, error: asMemfsError(thrown).message }, 'no dream could be begun');
      }
    }
  }

  async #lookAt({ store, settings, created_at, looked_at }: Schedule): Promise<void> {
    const { dreams, sessions, start, clock, log } = this.#parts;
    const known = dreams.list(store);
    const nowMs = clock().ms;
    if (!mayBegin(known, nowMs)) return;
    const seen = dreams.seenSessions.of(store, false);
    const times = { created_at, looked_at, dreamt_at: known[0]?.created_at ?? null };
    const since = sinceLastDream(times, await sessions(store), seen);
    const cause = triggerDue(settings, since, nowMs);
    dreams.schedules.looked(store, new Date(nowMs).toISOString());
    if (cause === null) return;
    log.info({ store, cause, sessions: since.newSessions }, 'a schedule asks for a dream');
    const whatIsNew = { sessions: null, since: null, all: false, instructions: null };
    const asConfigured = { model: null, base_url: null, allow_upload: false };
    start(store, { ...whatIsNew, ...asConfigured, engine: settings.engine, schedule: store });
  }
}
