/** Routes for the transcripts of sessions. */
import { z } from 'zod';
import { MemfsError } from '../core/errors.js';
import type { ControlService } from './control.js';
import { json, lines, type Route, route, Store } from './route.js';
import { IngestHeader, SessionId } from './transcripts.js';

function storeId(service: ControlService, reference: string): string {
  const stores = service.listStores();
  const found = stores.find(({ id }) => id === reference) ?? stores.find(({ name }) => name === reference);
  if (found !== undefined) return found.id;
  throw new MemfsError('not_found', `there is no store "${reference}"`, { hint: 'memfsd store list' });
}

const Session = z.object({ session: SessionId });

export const transcriptRoutes: readonly Route[] = [
  route(
    'GET',
    '/v1/transcripts/source',
    'none',
    z.object({ path: z.string(), file: z.string() }),
    async ({ transcripts }, { path, file }) => json({ mark: await transcripts.source(path, file) }),
  ),
  route(
    'POST',
    '/v1/transcripts',
    'bytes',
    IngestHeader,
    async (service, { path, store, agent, continues }, body) => {
      const request = {
        path,
        store: storeId(service, store),
        agent: agent ?? null,
        continues: continues ?? null,
      };
      return json(await service.transcripts.ingest(request, body));
    },
  ),
  route(
    'GET',
    '/v1/sessions',
    'none',
    z.object({ store: z.string().min(1).max(255).optional() }),
    async (service, { store }) => {
      const id = store === undefined ? null : storeId(service, store);
      return json({ sessions: await service.transcripts.list(id) });
    },
  ),
  route('GET', '/v1/sessions/:session', 'none', Session, async ({ transcripts }, { session }) =>
    json(await transcripts.show(session)),
  ),
  route(
    'GET',
    '/v1/sessions/:session/events',
    'none',
    Session.extend({
      after: z.string().max(100).optional(),
      limit: z.coerce.number().int().min(1).optional(),
    }),
    ({ transcripts }, { session, after, limit }) => ({
      kind: 'bytes',
      chunks: transcripts.events(session, after ?? null, limit ?? Number.MAX_SAFE_INTEGER),
    }),
  ),
  route(
    'GET',
    '/v1/stores/:store/reads',
    'none',
    Store.extend({ session: SessionId }),
    (service, { store, session }) => lines(service.reads(store, session)),
  ),
  route('POST', '/v1/transcripts/:session/end', 'none', Session, async ({ transcripts }, { session }) =>
    json(await transcripts.end(session)),
  ),
  route('DELETE', '/v1/sessions/:session', 'none', Session, async ({ transcripts }, { session }) =>
    json(await transcripts.delete(session)),
  ),
];
