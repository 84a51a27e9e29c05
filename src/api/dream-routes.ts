/** Routes for dreams. */
import { z } from 'zod';
import { DreamId, DreamRunRequest, EditChoice } from './dreams.js';
import { ActorSchema } from './protocol.js';
import { json, lines, type Route, route, Store } from './route.js';

const Dream = z.object({ dream: DreamId });
const Decision = Dream.extend({ ...EditChoice.shape, ...ActorSchema.shape });

export const dreamRoutes: readonly Route[] = [
  route(
    'POST',
    '/v1/stores/:store/dreams',
    'json',
    Store.extend({ ...DreamRunRequest.shape, ...ActorSchema.shape }),
    (service, { store, agent, session, ...request }) =>
      json(service.dreams.run(store, request, service.actor({ agent, session }))),
  ),
  route('GET', '/v1/stores/:store/dreams', 'none', Store, ({ dreams }, { store }) =>
    json({ dreams: dreams.list(store) }),
  ),
  route('GET', '/v1/dreams', 'none', z.object({}), ({ dreams }) => json({ dreams: dreams.list(null) })),
  route('GET', '/v1/dreams/:dream', 'none', Dream, ({ dreams }, { dream }) => json(dreams.show(dream))),
  route('GET', '/v1/dreams/:dream/events', 'none', Dream, ({ dreams }, { dream }) =>
    lines(dreams.follow(dream)),
  ),
  route('GET', '/v1/dreams/:dream/report', 'none', Dream, ({ dreams }, { dream }) =>
    json({ report: dreams.report(dream) }),
  ),
  route('GET', '/v1/dreams/:dream/diff', 'none', Dream, ({ dreams }, { dream }) => lines(dreams.diff(dream))),
  route(
    'POST',
    '/v1/dreams/:dream/apply',
    'json',
    Decision,
    async (service, { dream, edits, except, ...asked }) =>
      json(await service.dreams.apply(dream, { edits, except }, service.actor(asked))),
  ),
  route(
    'POST',
    '/v1/dreams/:dream/reject',
    'json',
    Dream.extend(EditChoice.shape),
    async ({ dreams }, { dream, edits, except }) => json(await dreams.reject(dream, { edits, except })),
  ),
  route(
    'POST',
    '/v1/dreams/:dream/revert',
    'json',
    Dream.extend(ActorSchema.shape),
    async (service, { dream, ...asked }) => json(await service.dreams.revert(dream, service.actor(asked))),
  ),
  route('POST', '/v1/dreams/:dream/cancel', 'none', Dream, ({ dreams }, { dream }) =>
    json(dreams.cancel(dream)),
  ),
];
