/** From what there is to what is proposed: reads, consolidates, has the guard judge. Writes only how far it has come. */
import type { Consolidator } from '../../dream/consolidator.js';
import type { Dream } from '../../dream/dream.js';
import type { Dreams } from '../../dream/dreams.js';
import type { Transcripts } from '../../sessions/transcripts.js';
import type { DreamJob, DreamProgress, DreamResult } from './dream-messages.js';
import { readSource } from './dream-source.js';
import type { Judge } from './judge.js';

export interface DreamTools {
  readonly dreams: Dreams;
  readonly transcripts: Transcripts;
  readonly signal: AbortSignal;
  readonly judge: Judge;
  consolidatorFor(dream: Dream): Consolidator;
  progress(progress: DreamProgress): void;
}

export async function makeDream(job: DreamJob, tools: DreamTools): Promise<DreamResult> {
  const { dreams, transcripts, signal, progress } = tools;
  const dream = dreams.get(job.dream);
  const { id, store, request } = dream;
  progress({ done: 0, total: 0, what: 'reading the store' });
  const { files, scopes, began } = job;
  const seen = dreams.seenSessions(store, request.schedule !== null);
  const source = readSource({ store, files, scopes, transcripts, request, seen, began });
  const consolidation = await tools.consolidatorFor(dream).consolidate(source.input, {
    signal,
    progress: (done, total, what) => progress({ done, total, what }),
    saved: dreams.saved(id),
    save: (state) => dreams.save(id, state),
  });
  progress({ done: 0, total: 0, what: 'judging the edits' });
  const judged = tools.judge(source.input, consolidation.edits, dreams.rejected(store));
  const { base, sessions } = source;
  const remarks = [...source.remarks, ...consolidation.remarks, ...judged.remarks];
  const firstTime = source.input.sessions.find((session) => session.firstTime !== null)?.firstTime ?? null;
  const lastTime = sessions.length === 0 ? null : source.input.now;
  const memories = source.input.memories.length;
  return { ...judged, memories, firstTime, lastTime, base, sessions, usage: consolidation.usage, remarks };
}
