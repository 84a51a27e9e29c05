/** Everything of the engine that has to do with dreams, put together here. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { TranscriptService } from '../../api/transcripts.js';
import type { Dream } from '../../dream/dream.js';
import { Dreams } from '../../dream/dreams.js';
import type { Clock } from '../../vfs/store/clock.js';
import type { Catalog } from '../catalog.js';
import type { DreamConfig } from '../config.js';
import type { Stores } from '../stores.js';
import { DreamRunner } from './dream-runner.js';
import { DreamScheduler } from './dream-scheduler.js';
import { DreamSchedules } from './dream-schedules.js';
import { EngineDreams } from './dream-service.js';
import { DreamThread, type StartDream } from './dream-thread.js';
import { notify } from './notify.js';

export interface DreamingParts {
  /** The data directory. */
  readonly data: string;
  readonly config: DreamConfig;
  readonly catalog: Catalog;
  readonly stores: Stores;
  readonly transcripts: TranscriptService;
  readonly clock: Clock;
  readonly log: Logger;
}

export class Dreaming {
  readonly dreams: EngineDreams;
  readonly schedules: DreamSchedules;
  readonly #kept: Dreams;
  readonly #runner: DreamRunner;
  readonly #scheduler: DreamScheduler;
  readonly #log: Logger;

  constructor({ data, config, catalog, stores, transcripts, clock, log }: DreamingParts) {
    const dreams = new Dreams(join(data, 'dreams.db'));
    const onEnd = (dream: Dream): void => this.#ended(dream);
    this.#kept = dreams;
    this.#log = log;
    const start: StartDream = (job, onProgress) => new DreamThread(job, onProgress);
    this.#runner = new DreamRunner({ data, config, dreams, catalog, stores, clock, log, start, onEnd });
    this.dreams = new EngineDreams({ dreams, runner: this.#runner, catalog, stores, clock });
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

  /** What an earlier engine left undone. */
  resume(): void {
    this.dreams.resume();
  }

  async stop(): Promise<void> {
    this.#scheduler.stop();
    await this.#runner.stop();
  }

  /** Of those that a schedule asked for, somebody is told who waits for none. */
  #ended({ id, store, status, request }: Dream): void {
    const command = this.#kept.schedules.find(store)?.settings.notify ?? null;
    if (request.schedule === null || command === null || status !== 'staged') return;
    const edits = this.#kept.edits(id).filter(({ state }) => state === 'staged').length;
    notify(command, { dream: id, store: this.dreams.show(id).store_name, edits }, this.#log);
  }
}
