/** The engine's side of the thread that carries out one dream. */
import { Worker } from 'node:worker_threads';
import { MemfsError } from '../../core/errors.js';
import type { DreamJob, DreamMessage, DreamProgress, DreamResult } from './dream-messages.js';

/** The thread's JavaScript heap in MiB; its need grows with the longest session, not with their number. */
const heapLimit = 4096;
/** In ms; a cancelled thread that does not end by itself within this time is ended. */
const cancelLimit = 5_000;

/** One dream being made. */
export interface DreamWork {
  readonly result: Promise<DreamResult>;
  /** The result rejects with `interrupted` soon. */
  cancel(): void;
  /** Ends the thread at once; the dream begins again with the next engine. */
  abandon(): Promise<void>;
}

export type StartDream = (job: DreamJob, onProgress: (progress: DreamProgress) => void) => DreamWork;

export class DreamThread implements DreamWork {
  readonly result: Promise<DreamResult>;
  readonly #worker: Worker;
  #cancelled = false;

  constructor(job: DreamJob, onProgress: (progress: DreamProgress) => void) {
    this.#worker = new Worker(new URL('./dream-worker.js', import.meta.url), {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: heapLimit },
    });
    this.result = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: DreamMessage) => {
        if ('progress' in message) onProgress(message.progress);
        else if ('result' in message) resolve(message.result);
        else {
          const { code, message: text, hint } = message.failed;
          reject(new MemfsError(code, text, hint === undefined ? {} : { hint }));
        }
      });
      this.#worker.on('error', (error: NodeJS.ErrnoException) => reject(failure(error)));
      this.#worker.on('exit', () =>
        reject(
          this.#cancelled
            ? new MemfsError('interrupted', 'the dream was cancelled')
            : new MemfsError('internal', 'the thread of the dream ended'),
        ),
      );
    });
    // Whoever ends it may not wait for it.
    this.result.catch(() => {});
  }

  cancel(): void {
    this.#cancelled = true;
    this.#worker.postMessage('cancel');
    setTimeout(() => void this.#worker.terminate(), cancelLimit).unref();
  }

  async abandon(): Promise<void> {
    await this.#worker.terminate();
  }
}

const failure = (error: NodeJS.ErrnoException): MemfsError =>
  error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? new MemfsError('limit', 'the dream needs too much memory', {
        hint: 'fewer sessions: --session or --since',
        cause: error,
      })
    : new MemfsError('internal', error.message, { cause: error });
