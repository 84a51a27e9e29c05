/** The thread of one dream: reads, consolidates, has the guard judge. It writes nothing but how far it has come. */
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { asMemfsError } from '../../core/errors.js';
import type { Dream } from '../../dream/dream.js';
import { Dreams } from '../../dream/dreams.js';
import { Transcripts } from '../../sessions/transcripts.js';
import { consolidatorFor } from './consolidators.js';
import type { DreamJob, DreamMessage, DreamResult } from './dream-messages.js';
import { readSource } from './dream-source.js';
import { judge } from './judge.js';

const progressEvery = 100;

// Of this thread only: on Linux each has a nice value of its own (setpriority(2)).
setPriority(constants.priority.PRIORITY_LOW);

const job = workerData as DreamJob;
const post = (message: DreamMessage): void => parentPort!.postMessage(message);
const cancelled = new AbortController();
parentPort!.on('message', () => cancelled.abort());

const dreams = new Dreams(join(job.data, 'dreams.db'));
const transcripts = new Transcripts(join(job.data, 'transcripts.db'));
try {
  post({ result: await resultOf(dreams.get(job.dream)) });
} catch (thrown) {
  const { code, message, hint } = asMemfsError(thrown);
  post({ failed: { code, message, hint } });
} finally {
  transcripts.close();
  dreams.close();
  parentPort!.close();
}

async function resultOf(dream: Dream): Promise<DreamResult> {
  const { id, store, request } = dream;
  post({ progress: { done: 0, total: 0, what: 'reading the store' } });
  const { files, scopes, began } = job;
  const seen = dreams.seenSessions(store);
  const source = readSource({ store, files, scopes, transcripts, request, seen, began });
  const consolidation = await consolidatorFor(dream, dreams, job.config).consolidate(source.input, {
    signal: cancelled.signal,
    progress: throttled(),
    saved: dreams.saved(id),
    save: (state) => dreams.save(id, state),
  });
  const { base, sessions } = source;
  const judged = judge(source.input, consolidation.edits, dreams.rejected(store));
  const remarks = [...source.remarks, ...consolidation.remarks];
  return { base, sessions, usage: consolidation.usage, remarks, ...judged };
}

function throttled(): (done: number, total: number, what: string) => void {
  let told = 0;
  return (done, total, what) => {
    const now = performance.now();
    if (now - told < progressEvery) return;
    told = now;
    post({ progress: { done, total, what } });
  };
}
