/** Routes for the schedules of dreams. */
import { z } from 'zod';
import { ScheduleSettings } from '../dream/triggers/schedule.js';
import { json, type Route, route, Store } from './route.js';

export const scheduleRoutes: readonly Route[] = [
  route('GET', '/v1/schedules', 'none', z.object({}), ({ schedules }) =>
    json({ schedules: schedules.list() }),
  ),
  route(
    'PUT',
    '/v1/stores/:store/schedule',
    'json',
    z.object({ ...Store.shape, settings: ScheduleSettings }),
    ({ schedules }, { store, settings }) => json(schedules.set(store, settings)),
  ),
  route('DELETE', '/v1/stores/:store/schedule', 'none', Store, ({ schedules }, { store }) => {
    schedules.remove(store);
    return json({});
  }),
  route(
    'POST',
    '/v1/schedules/pause',
    'json',
    z.object({ store: Store.shape.store.nullable(), paused: z.boolean() }),
    ({ schedules }, { store, paused }) => json({ schedules: schedules.pause(store, paused) }),
  ),
];
