/** The control API: every endpoint, by its subject. */
import type { Endpoint, Endpoints } from './endpoint.js';
import { conflicts } from './endpoints/conflicts.js';
import { daemon } from './endpoints/daemon.js';
import { dreams } from './endpoints/dreams.js';
import { history } from './endpoints/history.js';
import { memories } from './endpoints/memories.js';
import { mounts } from './endpoints/mounts.js';
import { retention } from './endpoints/retention.js';
import { schedules } from './endpoints/schedules.js';
import { sessions } from './endpoints/sessions.js';
import { stores } from './endpoints/stores.js';
import { transcripts } from './endpoints/transcripts.js';

export const controlApi = {
  daemon,
  stores,
  retention,
  history,
  memories,
  conflicts,
  mounts,
  sessions,
  transcripts,
  dreams,
  schedules,
} as const satisfies Readonly<Record<string, Endpoints>>;
export type ControlApi = typeof controlApi;

export interface Listed {
  readonly subject: string;
  readonly name: string;
  readonly endpoint: Endpoint;
}

export const allEndpoints: readonly Listed[] = Object.entries(controlApi).flatMap(([subject, endpoints]) =>
  Object.entries<Endpoint>(endpoints).map(([name, endpoint]) => ({ subject, name, endpoint })),
);
