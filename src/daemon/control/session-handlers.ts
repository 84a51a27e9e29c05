import type { SubjectHandlers } from '../../api/server/handlers.js';
import { MemfsError } from '../../core/errors.js';
import type { ControlCaller } from './caller.js';
import type { ControlParts } from './parts.js';

export function sessionHandlers({ sessions }: ControlParts): SubjectHandlers<ControlCaller, 'sessions'> {
  return {
    begin: (caller, request) => caller.begin(request),
    live: async ({ session }) => {
      const live = await sessions.live();
      return { sessions: live.filter(({ id }) => session === null || id === session) };
    },
    end: (caller, { session }) => {
      caller.requireSelf(session, 'end another session');
      return sessions.end(session);
    },
  };
}

export function transcriptHandlers(parts: ControlParts): SubjectHandlers<ControlCaller, 'transcripts'> {
  const { transcripts } = parts;
  return {
    source: async (caller, { path, file }) => ({ mark: await caller.transcripts().source(path, file) }),
    ingest: (caller, { path, store, agent = null, continues = null }, body) => {
      const request = { path, store: storeId(caller, store), agent, continues };
      return caller.transcripts().ingest(request, body);
    },
    end: (caller, { session }) => caller.transcripts().end(session),
    list: async (caller, { store }) => ({
      sessions: await transcripts.list(store === undefined ? null : storeId(caller, store)),
    }),
    show: (_, { session }) => transcripts.show(session),
    events: (_, { session, after = null, limit = Number.MAX_SAFE_INTEGER }) =>
      transcripts.events(session, after, limit),
    delete: (_, { session }) => transcripts.delete(session),
  };
}

function storeId(caller: ControlCaller, reference: string): string {
  const stores = caller.stores();
  const found = stores.find(({ id }) => id === reference) ?? stores.find(({ name }) => name === reference);
  if (found !== undefined) return found.id;
  throw new MemfsError('not_found', `there is no store "${reference}"`, { hint: 'memfsd store list' });
}
