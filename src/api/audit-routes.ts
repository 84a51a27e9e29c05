/** Routes that change the history of stores, or look after it. */
import { z } from 'zod';
import { ActorSchema, RecordSelector } from './protocol.js';
import { administrative, json, type Route, route, Store } from './route.js';

export const auditRoutes: readonly Route[] = [
  administrative(
    route(
      'POST',
      '/v1/stores/:store/redact',
      'json',
      Store.extend({ versions: z.array(RecordSelector).min(1).max(10_000), ...ActorSchema.shape }),
      async (service, { store, versions, agent, session }) =>
        json(await service.redact(store, versions, { agent, session })),
    ),
  ),
];
