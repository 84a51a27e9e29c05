/** The thread of one dream. */
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { asMemfsError } from '../../core/errors.js';
import { consolidatorFor } from '../../dream/consolidators.js';
import { judgeWithin } from '../../dream/guard/judge.js';
import { Dreams } from '../../dream/kept/dreams.js';
import { Transcripts } from '../../sessions/transcripts.js';
import type { DreamJob, DreamMessage, DreamProgress } from './dream-messages.js';
import { makeDream } from './make-dream.js';

const progressEvery = 100;
const dayMs = 86_400_000;

// Of this thread only: on Linux each has a nice value of its own (setpriority(2)).
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const job = workerData as DreamJob;
const post = (message: DreamMessage): void => parentPort!.postMessage(message);
const cancelled = new AbortController();
parentPort!.on('message', () => cancelled.abort());

let told = 0;
function progress(now: DreamProgress): void {
  const time = performance.now();
  if (time - told < progressEvery) return;
  told = time;
  post({ progress: now });
}

const dreams = new Dreams(join(job.data, 'dreams.db'));
const transcripts = new Transcripts(join(job.data, 'transcripts.db'));
try {
  const { store } = dreams.get(job.dream);
  const removedBefore = dreams.writings.removedSince(store, daysBefore(job.began, 30));
  const limits = { removable: job.config.removable, removedBefore };
  const result = await makeDream(job, {
    dreams,
    transcripts,
    signal: cancelled.signal,
    consolidatorFor: (dream) => consolidatorFor(dream, dreams, job.config, limits),
    judge: judgeWithin(limits),
    progress,
  });
  post({ result });
} catch (thrown) {
  const { code, message, hint } = asMemfsError(thrown);
  post({ failed: { code, message, hint } });
} finally {
  transcripts.close();
  dreams.close();
  parentPort!.close();
}

function daysBefore(time: string, days: number): string {
  return new Date(Date.parse(time) - days * dayMs).toISOString();
}
