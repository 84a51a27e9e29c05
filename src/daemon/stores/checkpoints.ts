/** Checkpoints in a worker thread: they sync files, and the loop that answers the kernel must not wait for that. */
import { Worker } from 'node:worker_threads';
import { MemfsError } from '../../core/errors.js';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Answer {
  readonly path: string;
  readonly failed?: { readonly message: string; readonly code: string };
}

/** One thread for all stores, started at the first checkpoint. A store asks for one at a time. */
export class Checkpoints {
  #worker: Worker | null = null;
  readonly #waiting = new Map<string, Waiting>();

  readonly run = (path: string): Promise<void> =>
    new Promise((resolve, reject) => {
      this.#waiting.set(path, { resolve, reject });
      this.#worker ??= this.#start();
      this.#worker.postMessage(path);
    });

  #start(): Worker {
    const worker = new Worker(new URL('./checkpoint-worker.js', import.meta.url));
    worker.unref();
    worker.on('message', ({ path, failed }: Answer) => {
      const waiting = this.#waiting.get(path);
      this.#waiting.delete(path);
      if (failed === undefined) waiting?.resolve();
      else waiting?.reject(new MemfsError('internal', failed.message, { cause: failed }));
    });
    worker.on('error', (error) => {
      this.#worker = null;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
    return worker;
  }
}
