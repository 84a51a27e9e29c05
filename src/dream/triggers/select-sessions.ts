/** Chooses the transcripts that a dream is made from. */
import { MemfsError } from '../../core/errors.js';
import type { DreamRequest } from '../dream.js';

/** The most sessions of one dream, unless they are named or all are asked for. */
const most = 100;

/** A session that has a transcript. */
export interface KnownSession {
  readonly id: string;
  /** Ids of the stores that it belongs to. */
  readonly stores: readonly string[];
  readonly events: number;
  /** RFC 3339; null: none of its events has a time. */
  readonly first_time: string | null;
  readonly last_time: string | null;
}

export interface Selection<Session> {
  /** Sorted by their first time, those without a time first. */
  readonly sessions: readonly Session[];
  readonly remarks: readonly string[];
}

export interface KnownSessions<Session> {
  readonly transcripts: readonly Session[];
  /** Sessions that have read or changed the store through a mount or the command line. */
  readonly ofStore: ReadonlySet<string>;
  /** How many events of each session an earlier dream has seen. */
  readonly seen: ReadonlyMap<string, number>;
}

/** Throws `not_found` for a session that is asked for by name and has no transcript. */
export function selectSessions<Session extends KnownSession>(
  request: DreamRequest,
  store: string,
  known: KnownSessions<Session>,
): Selection<Session> {
  if (request.sessions !== null)
    return { sessions: sorted(named(request.sessions, known.transcripts)), remarks: [] };
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

function named<Session extends KnownSession>(
  ids: readonly string[],
  transcripts: readonly Session[],
): Session[] {
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

const sorted = <Session extends KnownSession>(sessions: readonly Session[]): Session[] =>
  sessions.toSorted((a, b) => {
    const [x, y] = [a.first_time ?? '', b.first_time ?? ''];
    return x < y ? -1 : x > y ? 1 : a.id < b.id ? -1 : 1;
  });
