/** Work on the file of a store in a worker of this process, which is the command's: it reads with the user's rights. */
import type { VerifyReportBody } from '../../api/endpoints/history.js';
import { requireRegular } from '../../journal/regular-file.js';
import { runInWorker, type TaskEvent } from './run-in-worker.js';
import type { Salvaged } from './salvage-task.js';

/** Ends with the result. `target` must not exist. */
export const salvage = (source: string, target: string): AsyncGenerator<TaskEvent<Salvaged>> =>
  runInWorker('salvage', { source, target, nowMs: Date.now() });

/** The same as `memfsd verify` of a store. Throws `invalid` for what is no regular file: SQLite would wait at a pipe. */
export async function* verifyFile(path: string): AsyncGenerator<TaskEvent<VerifyReportBody>> {
  requireRegular([path, ...['-wal', '-shm', '-journal'].map((end) => path + end)]);
  yield* runInWorker('verify', path);
}
