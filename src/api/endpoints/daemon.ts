/** The daemon itself. */
import { z } from 'zod';
import { type Endpoints, json, refused } from '../endpoint.js';
import { RestartRequest } from '../keeper-state.js';
import { Nothing } from '../parameters.js';
import { MountSummary } from './mounts.js';
import { StoreSummary } from './stores.js';

export const Status = z.object({
  keeper: z.object({ pid: z.int() }),
  engine: z.object({
    pid: z.int(),
    version: z.string(),
    started_at: z.string(),
    restarts: z.int(),
    epoch: z.int(),
  }),
  socket: z.string(),
  listen: z.string().nullable(),
  data: z.string(),
  /** That the process which asks belongs to; null: it is the owner's. */
  session: z.string().nullable().default(null),
  mounts: z.array(MountSummary),
  stores: z.array(StoreSummary),
  /** Those that wait for review. */
  dreams: z.array(
    z.object({
      id: z.string(),
      store: z.string(),
      store_name: z.string(),
      /** Edits. */
      staged: z.int(),
      since: z.string().nullable(),
    }),
  ),
});
export type Status = z.infer<typeof Status>;

/** An engine may have a store to open, or be about to be found hanging. */
const limit = 10_000;

export const daemon = {
  status: {
    request: 'GET /status',
    input: Nothing,
    output: json(Status),
    session: 'own',
    limit,
  },
  /** Answers when it has begun. What becomes of it is in the keeper's state, under the request's id. */
  restart: {
    request: 'POST /restart',
    body: 'json',
    input: RestartRequest,
    output: json(z.object({ restarting: z.string() })),
    session: refused('restart the daemon'),
  },
  /** Answers at once; the daemon ends after that. */
  stop: {
    request: 'POST /stop',
    input: Nothing,
    output: json(
      z.object({
        stopping: z.boolean(),
        /** Where mounts are, or were, that are in use elsewhere and end there now. */
        in_use: z.array(z.string()).default([]),
      }),
    ),
    session: refused('stop the daemon'),
    limit,
  },
} as const satisfies Endpoints;
