/** An engine that has yet to show that it can take over from another: loaded, it says hello; serving, it says ready. */
import { MemfsError } from '../../core/errors.js';
import type { EngineEvents, EngineProcess } from '../keeper/engine-process.js';
import { within } from '../within.js';

/** Milliseconds. Nobody waits while it loads; while it opens the stores, all callers do. */
const loadLimit = 30_000;
const readyLimit = 20_000;

export class EngineTrial {
  readonly engine: EngineProcess;
  #loaded = (): void => {};
  #serving = (): void => {};
  #failed: (error: MemfsError) => void = () => {};
  readonly #failure: Promise<never>;
  readonly #hello: Promise<void>;
  readonly #ready: Promise<void>;
  readonly #gone: Promise<void>;

  /** `others` hears all that the engine says and does, too. */
  constructor(start: (events: EngineEvents) => EngineProcess, others: EngineEvents) {
    this.#hello = new Promise((resolve) => {
      this.#loaded = resolve;
    });
    this.#ready = new Promise((resolve) => {
      this.#serving = resolve;
    });
    this.#failure = new Promise((_, reject) => {
      this.#failed = reject;
    });
    this.#gone = this.#failure.catch(() => {});
    this.engine = start({
      message: (message) => {
        if (message.type === 'hello') this.#loaded();
        if (message.type === 'ready') this.#serving();
        others.message(message);
      },
      ended: (end) => {
        this.#failed(new MemfsError('internal', `the new engine ended before it was ready: ${end.reason}`));
        others.ended(end);
      },
    });
  }

  /** Rejects when it has ended or taken too long. */
  loaded(): Promise<void> {
    return within(loadLimit, 'the new engine did not load', Promise.race([this.#hello, this.#failure]));
  }

  /** Rejects when it has ended or taken too long. */
  ready(): Promise<void> {
    return within(readyLimit, 'the new engine did not get ready', Promise.race([this.#ready, this.#failure]));
  }

  /** Resolves when it is gone. */
  abandon(): Promise<void> {
    this.engine.kill('it did not pass its trial');
    return this.#gone;
  }
}
