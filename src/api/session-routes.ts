/** Routes for sessions as such; what happened in them is in transcript-routes.ts. */
import { z } from 'zod';
import { json, type Route, route } from './route.js';
import { BeginRequest } from './sessions.js';
import { SessionId } from './transcripts.js';

export const sessionRoutes: readonly Route[] = [
  route('POST', '/v1/sessions', 'json', BeginRequest, ({ sessions }, request) =>
    json(sessions.begin(request)),
  ),
  route('GET', '/v1/live-sessions', 'none', z.object({}), async ({ sessions }) =>
    json({ sessions: await sessions.live() }),
  ),
  route(
    'POST',
    '/v1/sessions/:session/end',
    'none',
    z.object({ session: SessionId }),
    async ({ sessions }, { session }) => json(await sessions.end(session)),
  ),
];
