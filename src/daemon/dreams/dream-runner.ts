/**
 * Carries dreams out as background jobs, each in a thread of its own. One that a dead engine left begins
 * again.
 */
import type { Logger } from 'pino';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { type Dream, isUnderWay } from '../../dream/dream.js';
import type { Dreams } from '../../dream/kept/dreams.js';
import type { Clock } from '../../vfs/store/clock.js';
import type { Catalog } from '../catalog.js';
import type { DreamConfig } from '../config.js';
import { scopeOf } from '../mounts/session-grants.js';
import type { Stores } from '../stores/stores.js';
import type { DreamJob, DreamProgress, DreamResult } from './dream-messages.js';
import type { DreamWork, StartDream } from './dream-thread.js';
import { cancelledError, dropBranch, type Staged, stage } from './stage.js';

/** Dreams beyond these wait: what agents ask comes before dreams. */
const atOnce = 2;
/** A dream that takes the engine down with it is not begun for ever. */
const mostAttempts = 3;

export interface RunnerParts {
  /** The data directory. */
  readonly data: string;
  readonly config: DreamConfig;
  readonly dreams: Dreams;
  readonly catalog: Catalog;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly log: Logger;
  readonly start: StartDream;
  /** Hears of each dream that has ended, however it did. */
  readonly onEnd: (dream: Dream) => void;
}

interface Running {
  readonly id: string;
  work: DreamWork | null;
  progress: DreamProgress | null;
  isCancelled: boolean;
}

export class DreamRunner {
  readonly #parts: RunnerParts;
  readonly #waiting: string[] = [];
  readonly #running = new Map<string, Running>();
  readonly #watchers = new Set<() => void>();
  #stopping = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Goes on with what an earlier engine left, the oldest first. */
  resume(): void {
    for (const { id, status } of this.#parts.dreams.list(null).toReversed())
      if (status === 'pending' || status === 'running') this.#waiting.push(id);
    this.#next();
  }

  /** Begins a `pending` dream, or lets it wait for its turn. */
  add(id: string): void {
    this.#waiting.push(id);
    this.#next();
  }

  progressOf(id: string): DreamProgress | null {
    return this.#running.get(id)?.progress ?? null;
  }

  /** Resolves when something has changed with one of the dreams. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#watchers.add(resolve));
  }

  /** Returns at once; the dream is `canceled` soon. */
  cancel(id: string): void {
    const { dreams } = this.#parts;
    const dream = dreams.get(id);
    const running = this.#running.get(dream.id);
    if (running !== undefined) {
      running.isCancelled = true;
      running.work?.cancel();
      return;
    }
    if (dream.status !== 'pending' && dream.status !== 'running')
      throw new MemfsError('conflict', `the dream ${dream.id} does not run: it is ${dream.status}`, {
        hint: `memfsd dream show ${dream.id}`,
      });
    this.#waiting.splice(this.#waiting.indexOf(dream.id), 1);
    dreams.fail(dream.id, 'canceled', null, this.#now());
    this.#ended(dream.id);
  }

  /** Ends the threads; the next engine begins their dreams again. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#waiting.length = 0;
    await Promise.all([...this.#running.values()].map(({ work }) => work?.abandon()));
  }

  #now(): string {
    return new Date(this.#parts.clock().ms).toISOString();
  }

  #tell(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const wake of watchers) wake();
  }

  #ended(id: string): void {
    this.#tell();
    const dream = this.#parts.dreams.find(id);
    if (dream !== null) this.#parts.onEnd(dream);
  }

  #next(): void {
    while (!this.#stopping && this.#running.size < atOnce) {
      const id = this.#waiting.shift();
      if (id === undefined) return;
      const running: Running = { id, work: null, progress: null, isCancelled: false };
      this.#running.set(id, running);
      const ended = (): void => {
        this.#running.delete(id);
        if (this.#stopping) return;
        this.#ended(id);
        this.#next();
      };
      // On a full disk not even its failure can be kept: then the next engine begins it again.
      const failed = (thrown: unknown): void =>
        this.#parts.log.error(
          { dream: id, error: asMemfsError(thrown).message },
          'a dream was left as it is',
        );
      void this.#run(running).catch(failed).finally(ended);
    }
  }

  async #run(running: Running): Promise<void> {
    const { dreams, log } = this.#parts;
    const { id } = running;
    try {
      const dream = dreams.get(id);
      if (!isUnderWay(dream)) return;
      if (dreams.begin(id, this.#now()) > mostAttempts)
        throw new MemfsError('internal', `the daemon ended ${mostAttempts} times while it ran`);
      this.#tell();
      const result = await this.#dream(running, dream);
      const staged = await this.#stage(running, dream, result);
      if (this.#stopping) return;
      if (running.isCancelled) throw cancelledError();
      dreams.finish(id, { ...result, ...staged }, this.#now());
      log.info({ dream: id, edits: result.edits.length, branch: staged.branch }, 'dream');
    } catch (thrown) {
      if (!this.#stopping) this.#failed(running, asMemfsError(thrown));
    }
  }

  async #dream(running: Running, dream: Dream): Promise<DreamResult> {
    const store = this.#parts.stores.get(dream.store);
    dropBranch(store, dream.id);
    // What was acknowledged is in the database then, where the thread reads it.
    await store.sync();
    // Of other stores only what was read of them is wanted: a dream does not fail because one of them does.
    await this.#parts.stores.sync().catch(() => {});
    if (running.isCancelled) throw cancelledError();
    const work = this.#parts.start(this.#job(dream), (progress) => {
      running.progress = progress;
      this.#tell();
    });
    running.work = work;
    return work.result;
  }

  #job({ id, store }: Dream): DreamJob {
    const { data, config, catalog, stores } = this.#parts;
    const files = catalog.listStores().map((row) => ({ id: row.id, path: stores.path(row.id) }));
    const mounts = catalog.listMounts().filter((row) => row.store === store && row.branch === 'main');
    // A session whose mount is gone reads through the command line, and is mounted again some day.
    const scopes = [...mounts, ...catalog.sessions.scopesOf(store)].map(scopeOf);
    return { dream: id, data, config, files, scopes, began: this.#now() };
  }

  async #stage(running: Running, { id, store }: Dream, { base, edits }: DreamResult): Promise<Staged> {
    if (edits.every(({ state }) => state !== 'staged')) return { branch: null, base, edits };
    const { stores } = this.#parts;
    const told = (done: number): void => {
      running.progress = { done, total: edits.length, what: 'staging' };
      this.#tell();
    };
    told(0);
    return stage(stores.writable(store), id, edits, told);
  }

  #failed({ id, isCancelled }: Running, error: MemfsError): void {
    const { dreams, stores, log } = this.#parts;
    const { code, message, hint = null } = error;
    if (!isCancelled) log.error({ dream: id, code, cause: error.cause }, message);
    const kept = isCancelled ? null : { code, message, hint };
    dreams.fail(id, isCancelled ? 'canceled' : 'failed', kept, this.#now());
    const dream = dreams.find(id);
    // Its store may have been deleted meanwhile, and it with that.
    if (dream !== null) dropBranch(stores.get(dream.store), id);
  }
}
