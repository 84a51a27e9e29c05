/** Runs `verifyStore` in a worker thread, so that it does not keep the kernel waiting. */
import { Worker } from 'node:worker_threads';
import type { VerifyEvent } from '../api/protocol.js';
import { MemfsError } from '../core/errors.js';

export type WorkerMessage = VerifyEvent | { failed: string };

export async function* verifyInWorker(path: string): AsyncGenerator<VerifyEvent> {
  const worker = new Worker(new URL('./verify-worker.js', import.meta.url), { workerData: path });
  const queue: WorkerMessage[] = [];
  let wake = (): void => {};
  const put = (message: WorkerMessage): void => {
    queue.push(message);
    wake();
  };
  worker.on('message', put);
  worker.on('error', (error) => put({ failed: error.message }));
  worker.on('exit', (code) => put({ failed: `the worker ended with code ${code}` }));
  try {
    for (;;) {
      const message = queue.shift();
      if (message === undefined)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      else if ('failed' in message)
        throw new MemfsError('internal', `the store could not be verified: ${message.failed}`);
      else {
        yield message;
        if ('report' in message) return;
      }
    }
  } finally {
    await worker.terminate();
  }
}
