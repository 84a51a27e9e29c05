/**
 * Makes one dream: reads store and transcripts, has edits made and judged. Writes only how far it has come.
 */
import type { Consolidator } from '../../dream/consolidator.js';
import type { Dream } from '../../dream/dream.js';
import type { Judge } from '../../dream/guard/judge.js';
import type { Dreams } from '../../dream/kept/dreams.js';
import { makeEdits } from '../../dream/make-edits.js';
import type { Transcripts } from '../../sessions/transcripts.js';
import type { DreamJob, DreamProgress, DreamResult } from './dream-messages.js';
import { readSource } from './dream-source.js';

export interface DreamTools {
  readonly dreams: Dreams;
  readonly transcripts: Transcripts;
  readonly signal: AbortSignal;
  readonly judge: Judge;
  consolidatorFor(dream: Dream): Consolidator;
  progress(progress: DreamProgress): void;
}

export async function makeDream(job: DreamJob, tools: DreamTools): Promise<DreamResult> {
  const { dreams, transcripts, signal, judge, progress } = tools;
  const dream = dreams.get(job.dream);
  const { id, store, request } = dream;
  progress({ done: 0, total: 0, what: 'reading the store' });
  const { files, scopes, began } = job;
  const seen = dreams.seenSessions.of(store, request.schedule !== null);
  const parts = { store, files, scopes, transcripts, request, seen, began };
  const { input, base, sessions, remarks } = readSource(parts);
  const made = await makeEdits(input, {
    consolidator: tools.consolidatorFor(dream),
    judge,
    context: {
      signal,
      progress: (done, total, what) => progress({ done, total, what }),
      saved: dreams.savedStates.of(id),
      save: (state) => dreams.savedStates.save(id, state),
    },
    rejected: () => dreams.rejections.of(store),
  });
  const firstTime = input.sessions.find((session) => session.firstTime !== null)?.firstTime ?? null;
  const lastTime = sessions.length === 0 ? null : input.now;
  const memories = input.memories.length;
  return { ...made, memories, firstTime, lastTime, base, sessions, remarks: [...remarks, ...made.remarks] };
}
