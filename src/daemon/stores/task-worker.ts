import { parentPort, workerData } from 'node:worker_threads';
import { asMemfsError } from '../../core/errors.js';
import type { TaskMessage } from './run-in-worker.js';
import { type OnProgress, type StoreTask, storeTasks } from './store-tasks.js';

const progressEvery = 100;

const post = (message: TaskMessage<unknown>): void => parentPort!.postMessage(message);

let told = 0;
const onProgress: OnProgress = (done, total) => {
  const now = performance.now();
  if (now - told < progressEvery) return;
  told = now;
  post({ progress: { done, total } });
};

const { task, args } = workerData as { task: StoreTask; args: never };
try {
  post({ result: storeTasks[task](args, onProgress) });
} catch (thrown) {
  const { code, message, hint } = asMemfsError(thrown);
  post({ failed: { code, message, hint } });
}
