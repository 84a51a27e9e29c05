/** Routes about writes that were refused because another session had changed the memory. */
import { z } from 'zod';
import type { Resolution } from '../vfs/store.js';
import { ActorSchema, ConflictChoice, Sha256, StorePath } from './protocol.js';
import { conflictDetail } from './render.js';
import { collect } from './request-body.js';
import { json, lines, type Route, route, Store } from './route.js';

const ConflictInput = Store.extend({ path: StorePath, number: z.coerce.number().int().min(1) });

export const conflictRoutes: readonly Route[] = [
  route(
    'GET',
    '/v1/stores/:store/conflicts',
    'none',
    Store.extend({ path: StorePath.optional() }),
    (service, { store, path }) => lines(service.conflicts(store, path)),
  ),
  route('GET', '/v1/stores/:store/conflict', 'none', ConflictInput, (service, { store, path, number }) =>
    json(conflictDetail(service.conflict(store, path, number))),
  ),
  route(
    'POST',
    '/v1/stores/:store/conflict',
    'bytes',
    ConflictInput.extend({ take: ConflictChoice, if_match: Sha256.optional(), ...ActorSchema.shape }),
    async (service, { store, path, number, take, if_match, ...asked }, body) => {
      const actor = service.actor(asked);
      const content = await collect(body, service.maxFileBytes);
      const resolution = resolutionOf(take, content, if_match);
      return json(service.resolveConflict(store, path, number, resolution, actor));
    },
  ),
];

function resolutionOf(take: ConflictChoice, content: Buffer, ifMatch: string | undefined): Resolution {
  const condition = ifMatch === undefined ? {} : { ifMatch };
  if (take === 'theirs') return { take };
  return take === 'mine' ? { take, ...condition } : { take, content, ...condition };
}
