/** Routes for stores as wholes and for what was in them: fork, snapshot, archive, delete, redact. */
import { z } from 'zod';
import { ActorSchema, ForkRequest, RecordSelector, RetentionBody, StoreName } from './protocol.js';
import { json, lines, type Route, route, Store } from './route.js';

/** What a snapshot is, as JSON in base64. */
export const snapshotHeader = 'memfsd-snapshot';

export const auditRoutes: readonly Route[] = [
  route(
    'POST',
    '/v1/stores/:store/redact',
    'json',
    Store.extend({ versions: z.array(RecordSelector).min(1).max(10_000), ...ActorSchema.shape }),
    async (service, { store, versions, ...asked }) =>
      json(await service.redact(store, versions, service.actor(asked))),
  ),
  route(
    'POST',
    '/v1/stores/:store/fork',
    'json',
    Store.extend(ForkRequest.shape),
    (service, { store, ...request }) => lines(service.keeping.fork(store, request)),
  ),
  route('GET', '/v1/stores/:store/file', 'none', Store, async (service, { store }) =>
    json(await service.keeping.file(store)),
  ),
  route('GET', '/v1/stores/:store/snapshot', 'none', Store, async (service, { store }) => {
    const { facts, chunks } = await service.keeping.snapshot(store);
    const header = Buffer.from(JSON.stringify(facts)).toString('base64');
    return { kind: 'bytes', chunks, headers: { [snapshotHeader]: header } };
  }),
  route(
    'PUT',
    '/v1/stores/:store/snapshot',
    'bytes',
    z.object({ store: StoreName }),
    async (service, { store }, body) => json(await service.keeping.importSnapshot(store, body)),
  ),
  route('GET', '/v1/stores/:store/history', 'none', Store, async (service, { store }) => ({
    kind: 'bytes',
    chunks: await service.keeping.exportHistory(store),
  })),
  route(
    'PUT',
    '/v1/stores/:store/history',
    'bytes',
    z.object({ store: StoreName }),
    (service, { store }, body) => lines(service.keeping.importHistory(store, body)),
  ),
  route('PUT', '/v1/stores/:store/retention', 'json', Store.extend(RetentionBody.shape), (service, input) => {
    const { store, ...policy } = input;
    return json(service.keeping.setRetention(store, policy));
  }),
  route(
    'POST',
    '/v1/stores/:store/prune',
    'json',
    Store.extend(ActorSchema.shape),
    async (service, { store, ...asked }) => json(await service.keeping.prune(store, service.actor(asked))),
  ),
  route(
    'POST',
    '/v1/stores/:store/archive',
    'json',
    Store.extend({ archived: z.boolean() }),
    (service, { store, archived }) => json(service.keeping.archive(store, archived)),
  ),
  route('DELETE', '/v1/stores/:store', 'none', Store.extend({ confirm: z.string() }), (service, input) =>
    json(service.keeping.delete(input.store, input.confirm)),
  ),
  route('GET', '/v1/stores/:store/retention', 'none', Store, (service, { store }) =>
    json(service.keeping.retention(store)),
  ),
  route(
    'POST',
    '/v1/stores/:store/would-prune',
    'json',
    Store.extend({ policy: RetentionBody.optional() }),
    async (service, { store, policy }) => json(await service.keeping.wouldPrune(store, policy)),
  ),
];
