/** When stores dream by themselves. */
import { z } from 'zod';
import { ScheduleSettings } from '../../dream/triggers/schedule.js';
import { type Endpoints, json, refused } from '../endpoint.js';
import { Nothing, Store } from '../parameters.js';

export const ScheduleBody = z.object({
  /** `memstore_…` */
  store: z.string(),
  name: z.string(),
  settings: ScheduleSettings,
  paused: z.boolean(),
  created_at: z.string(),
  /** What waits for review, of this schedule; null: nothing. */
  waiting: z.string().nullable(),
});
export type ScheduleBody = z.infer<typeof ScheduleBody>;

const Several = json(z.object({ schedules: z.array(ScheduleBody) }));
const session = refused('decide when a store dreams');

export const schedules = {
  list: { request: 'GET /schedules', input: Nothing, output: Several, session },
  set: {
    request: 'PUT /stores/:store/schedule',
    body: 'json',
    input: Store.extend({ settings: ScheduleSettings }),
    output: json(ScheduleBody),
    session,
  },
  remove: { request: 'DELETE /stores/:store/schedule', input: Store, output: json(Nothing), session },
  /** `store` null: every schedule. */
  pause: {
    request: 'POST /schedules/pause',
    body: 'json',
    input: z.object({ store: Store.shape.store.nullable(), paused: z.boolean() }),
    output: Several,
    session,
  },
} as const satisfies Endpoints;
