/** Carries out the retention policies of stores, each once a day. */
import type { Logger } from 'pino';
import { asMemfsError } from '../../core/errors.js';
import { retentionIsDue } from '../../journal/contents/retention-due.js';
import type { Clock } from '../../vfs/store/clock.js';
import type { Catalog } from '../catalog.js';
import type { Stores } from './stores.js';

const firstMs = 60_000;
const everyMs = 3_600_000;

const unattended = { agent: 'memfsd', session: 'memfsd' };

export class RetentionSchedule {
  readonly #catalog: Catalog;
  readonly #stores: Stores;
  readonly #clock: Clock;
  readonly #log: Logger;
  #timer: NodeJS.Timeout;

  constructor(catalog: Catalog, stores: Stores, clock: Clock, log: Logger) {
    this.#catalog = catalog;
    this.#stores = stores;
    this.#clock = clock;
    this.#log = log;
    this.#timer = this.#after(firstMs);
  }

  #after(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      void this.run().finally(() => {
        this.#timer = this.#after(everyMs);
      });
    }, ms).unref();
  }

  /** One store after the other; a failure of one does not keep the others. */
  async run(): Promise<void> {
    for (const { id, name, archived } of this.#catalog.listStores())
      try {
        if (archived === 1 || !retentionIsDue(this.#stores.path(id), this.#clock().ms)) continue;
        const pruned = await this.#stores.get(id).prune(unattended);
        this.#log.info({ store: name, ...pruned }, 'retention');
      } catch (thrown) {
        this.#log.error({ store: name, error: asMemfsError(thrown).message }, 'retention failed');
      }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
