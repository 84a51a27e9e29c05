import { parentPort, workerData } from 'node:worker_threads';
import { verifyStore } from '../journal/verify.js';
import type { WorkerMessage } from './verification.js';

const progressEvery = 100;

const post = (message: WorkerMessage): void => parentPort!.postMessage(message);

let told = 0;
const report = verifyStore(workerData as string, {
  onProgress(done: number, total: number) {
    const now = performance.now();
    if (now - told < progressEvery) return;
    told = now;
    post({ progress: { done, total } });
  },
});
const { firstBad, ...rest } = report;
post({ report: { ...rest, first_bad: firstBad } });
