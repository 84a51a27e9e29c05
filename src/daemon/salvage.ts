/** Salvages a store in a worker of this process, which is the command's: it reads with the user's rights. */
import { runInWorker, type TaskEvent } from './run-in-worker.js';
import type { Salvaged } from './salvage-task.js';

/** Ends with the result. `target` must not exist. */
export const salvage = (source: string, target: string): AsyncGenerator<TaskEvent<Salvaged>> =>
  runInWorker('salvage', { source, target, nowMs: Date.now() });
