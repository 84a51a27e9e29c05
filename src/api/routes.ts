/** The control API, one row per route. `input` checks path parameters, query and JSON body taken together. */
import { z } from 'zod';
import type { LogQuery } from '../vfs/store.js';
import { auditRoutes } from './audit-routes.js';
import { conflictRoutes } from './conflict-routes.js';
import { dreamRoutes } from './dream-routes.js';
import {
  ActorSchema,
  MountRequest,
  NewStoreRequest,
  RestartRequest,
  Selector,
  Sha256,
  StorePath,
} from './protocol.js';
import { diffBody } from './render.js';
import { collect } from './request-body.js';
import { json, lines, type Route, route, Store, selector } from './route.js';
import { scheduleRoutes } from './schedule-routes.js';
import { sessionRoutes } from './session-routes.js';
import { transcriptRoutes } from './transcript-routes.js';
import { decodeTree, encodeTree } from './tree-stream.js';

/** The record of a version sent as bytes, as JSON in base64. */
export const recordHeader = 'memfsd-record';

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const LogInput = Store.extend({
  path: StorePath.optional(),
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).optional(),
  reverse: flag.optional(),
  follow: flag.optional(),
});

export const routes: readonly Route[] = [
  route('GET', '/v1/status', 'none', z.object({}), (service) => json(service.status())),
  route('POST', '/v1/restart', 'json', RestartRequest, async (service, input) => {
    await service.restart(input);
    return json({ restarting: input.id });
  }),
  route('POST', '/v1/stop', 'none', z.object({}), (service) => {
    service.stop();
    return json({ stopping: true });
  }),

  route('GET', '/v1/stores', 'none', z.object({}), (service) => json({ stores: service.listStores() })),
  route('POST', '/v1/stores', 'json', NewStoreRequest, (service, input) => json(service.createStore(input))),
  route('GET', '/v1/stores/:store', 'none', Store, async (service, { store }) =>
    json(await service.showStore(store)),
  ),
  route('GET', '/v1/stores/:store/log', 'none', LogInput, (service, { store, follow, ...query }) =>
    lines(
      follow ? service.follow(store, withoutUndefined(query)) : service.log(store, withoutUndefined(query)),
    ),
  ),
  route(
    'GET',
    '/v1/stores/:store/blame',
    'none',
    Store.extend({ path: StorePath, version: Selector.optional() }),
    async (service, { store, path, version }) => lines(await service.blame(store, path, selector(version))),
  ),
  route(
    'GET',
    '/v1/stores/:store/content',
    'none',
    Store.extend({ path: StorePath, version: Selector.optional() }),
    (service, { store, path, version }) => {
      const { record, chunks } = service.show(store, path, selector(version));
      const header = Buffer.from(JSON.stringify(record)).toString('base64');
      return { kind: 'bytes', chunks, headers: { [recordHeader]: header } };
    },
  ),
  route(
    'PUT',
    '/v1/stores/:store/content',
    'bytes',
    Store.extend({ path: StorePath, if_match: Sha256.optional(), ...ActorSchema.shape }),
    async (service, { store, path, if_match, ...asked }, body) => {
      const actor = service.actor(asked);
      const content = await collect(body, service.maxFileBytes);
      return json(service.write(store, path, content, actor, if_match));
    },
  ),
  route(
    'GET',
    '/v1/stores/:store/diff',
    'none',
    Store.extend({ path: StorePath.optional(), from: Selector.optional(), to: Selector.optional() }),
    (service, { store, path, from, to }) =>
      lines(mapped(service.diff(store, selector(from), selector(to), path), diffBody)),
  ),
  route(
    'POST',
    '/v1/stores/:store/restore',
    'json',
    Store.extend({ path: StorePath, version: Selector, ...ActorSchema.shape }),
    (service, { store, path, version, ...asked }) =>
      json(service.restore(store, path, selector(version), service.actor(asked))),
  ),
  route('POST', '/v1/stores/:store/verify', 'none', Store, (service, { store }) =>
    lines(service.verify(store)),
  ),
  route(
    'POST',
    '/v1/stores/:store/import',
    'bytes',
    Store.extend(ActorSchema.shape),
    async (service, { store, ...asked }, body) => {
      const actor = service.actor(asked);
      return json(await service.importTree(store, decodeTree(body, service.maxFileBytes), actor));
    },
  ),
  route(
    'GET',
    '/v1/stores/:store/export',
    'none',
    Store.extend({ at: Selector.optional() }),
    (service, { store, at }) => ({
      kind: 'bytes',
      chunks: encodeTree(service.exportTree(store, selector(at)), true),
    }),
  ),

  ...conflictRoutes,
  ...auditRoutes,
  ...sessionRoutes,
  ...transcriptRoutes,
  ...dreamRoutes,
  ...scheduleRoutes,

  route('GET', '/v1/mounts', 'none', z.object({}), (service) => json({ mounts: service.listMounts() })),
  route('POST', '/v1/mounts', 'json', MountRequest, async (service, input) =>
    json(await service.mount(input)),
  ),
  route(
    'DELETE',
    '/v1/mounts',
    'none',
    z.object({ path: z.string(), lazy: flag.default(false) }),
    async (service, { path, lazy }) => json({ unmounted: path, ...(await service.unmount(path, lazy)) }),
  ),
];

function withoutUndefined(query: { [K in keyof LogQuery]: LogQuery[K] | undefined }): LogQuery {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

function* mapped<A, B>(values: Iterable<A>, change: (value: A) => B): Generator<B> {
  for (const value of values) yield change(value);
}
