/** Which transcripts a dream is made from. */
import { MemfsError } from '../../core/errors.js';
import type { DreamRequest } from '../../dream/dream.js';
import type { SessionSummary } from '../../sessions/transcripts.js';

/** Unless they are named or all are asked for. */
const most = 100;

export interface Selection {
  /** Sorted by their first time. */
  readonly sessions: readonly SessionSummary[];
  readonly remarks: readonly string[];
}

export interface KnownSessions {
  /** Every one that has a transcript. */
  readonly transcripts: readonly SessionSummary[];
  /** Those that have read or changed the store through a mount or the command line. */
  readonly ofStore: ReadonlySet<string>;
  /** How many events of each an earlier dream has seen. */
  readonly seen: ReadonlyMap<string, number>;
}

export function selectSessions(request: DreamRequest, store: string, known: KnownSessions): Selection {
  if (request.sessions !== null) return { sessions: sorted(named(request.sessions, known)), remarks: [] };
  const linked = known.transcripts.filter(
    ({ id, stores }) => stores.includes(store) || known.ofStore.has(id),
  );
  const { since } = request;
  const wanted = linked.filter(({ id, events, last_time }) =>
    since === null ? events > (known.seen.get(id) ?? 0) : last_time === null || isSince(last_time, since),
  );
  if (request.all || wanted.length <= most) return { sessions: sorted(wanted), remarks: [] };
  const left = wanted.length - most;
  return {
    sessions: sorted(wanted).slice(left),
    remarks: [`${left} older sessions were left out, as there are more than ${most}: --all takes them too`],
  };
}

function named(ids: readonly string[], { transcripts }: KnownSessions): SessionSummary[] {
  const byId = new Map(transcripts.map((session) => [session.id, session]));
  return [...new Set(ids)].map((id) => {
    const session = byId.get(id);
    if (session !== undefined) return session;
    throw new MemfsError('not_found', `there is no transcript of a session "${id}"`, {
      hint: 'memfsd session list; memfsd session ingest FILE --store STORE',
    });
  });
}

const isSince = (time: string, since: string): boolean => Date.parse(time) >= Date.parse(since);

/** Those without a time come first. */
const sorted = (sessions: readonly SessionSummary[]): SessionSummary[] =>
  sessions.toSorted((a, b) => {
    const [x, y] = [a.first_time ?? '', b.first_time ?? ''];
    return x < y ? -1 : x > y ? 1 : a.id < b.id ? -1 : 1;
  });
