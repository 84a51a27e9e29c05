/** Puts together all parts of the engine that have to do with dreams. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { asMemfsError, mayPass } from '../../core/errors.js';
import type { Dream } from '../../dream/dream.js';
import { Dreams } from '../../dream/kept/dreams.js';
import { failureAt } from '../../journal/storage-failure.js';
import type { Clock } from '../../vfs/store/clock.js';
import type { StagedDreams } from '../../vfs/store.js';
import type { Catalog } from '../catalog.js';
import type { DreamConfig } from '../config.js';
import type { Stores } from '../stores/stores.js';
import type { TranscriptThread } from '../transcripts/transcript-thread.js';
import { DreamRunner } from './dream-runner.js';
import { DreamScheduler } from './dream-scheduler.js';
import { DreamSchedules } from './dream-schedules.js';
import { EngineDreams } from './dream-service.js';
import { DreamThread, type StartDream } from './dream-thread.js';
import { notify } from './notify.js';
import { stagedDreams } from './staged-dreams.js';
import { Unattended } from './unattended.js';

export interface DreamingParts {
  /** The data directory. */
  readonly data: string;
  readonly config: DreamConfig;
  readonly catalog: Catalog;
  readonly stores: Stores;
  readonly transcripts: TranscriptThread;
  readonly clock: Clock;
  readonly log: Logger;
}

/** In ms, on the loop that answers the kernel: the threads of dreams write for a moment only. */
const lockWaitMs = 100;

/**
 * On a disk without room for the database there are no dreams, and none is begun; mounts are served all the
 * same.
 */
function openDreams(path: string, log: Logger): Dreams {
  try {
    return new Dreams(path, lockWaitMs);
  } catch (thrown) {
    const error = failureAt(path, thrown);
    if (!mayPass(error)) throw error;
    log.error({ error: error.message }, 'there are no dreams until the daemon is started again');
    const none = new Dreams(':memory:');
    none.freeze();
    return none;
  }
}

export class Dreaming {
  readonly dreams: EngineDreams;
  readonly schedules: DreamSchedules;
  readonly #kept: Dreams;
  readonly #runner: DreamRunner;
  readonly #unattended: Unattended;
  readonly #scheduler: DreamScheduler;
  readonly #stores: Stores;
  readonly #log: Logger;

  constructor({ data, config, catalog, stores, transcripts, clock, log }: DreamingParts) {
    const dreams = openDreams(join(data, 'dreams.db'), log);
    const onEnd = (dream: Dream): void => void this.#ended(dream);
    this.#kept = dreams;
    this.#stores = stores;
    this.#log = log;
    const start: StartDream = (job, onProgress) => new DreamThread(job, onProgress);
    this.#runner = new DreamRunner({ data, config, dreams, catalog, stores, clock, log, start, onEnd });
    this.dreams = new EngineDreams({ dreams, runner: this.#runner, catalog, stores, clock });
    this.#unattended = new Unattended({ dreams, service: this.dreams, stores, clock });
    this.schedules = new DreamSchedules({ catalog, dreams, clock });
    this.#scheduler = new DreamScheduler({
      dreams,
      catalog,
      sessions: (store) => transcripts.list(store),
      start: (store, request) => this.dreams.start(store, request, 'schedule'),
      clock,
      log,
    });
  }

  /** The dreams that the control tree of a store shows. */
  staged(store: string): StagedDreams {
    const report = (dream: string): string => this.dreams.report(dream);
    return stagedDreams({ store, dreams: this.#kept, opened: () => this.#stores.get(store), report });
  }

  /** Goes on with what an earlier engine left undone. */
  resume(): void {
    this.dreams.resume();
  }

  async stop(): Promise<void> {
    this.#scheduler.stop();
    await this.#runner.stop();
  }

  /**
   * Nobody waits for a dream that a schedule asked for: the policy decides first, and a person is told of the
   * rest.
   */
  async #ended(dream: Dream): Promise<void> {
    const { id, store, status, request } = dream;
    const settings = this.#kept.schedules.find(store)?.settings;
    if (request.schedule === null || settings === undefined || status !== 'staged') return;
    try {
      await this.#unattended.settle(dream, settings);
      const { store_name, counts, status: now } = this.dreams.show(id);
      if (settings.notify === null || now !== 'staged') return;
      notify(settings.notify, { dream: id, store: store_name, edits: counts.staged ?? 0 }, this.#log);
    } catch (thrown) {
      this.#log.error({ dream: id }, asMemfsError(thrown).message);
    }
  }
}
