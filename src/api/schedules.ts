/** Schedules of dreams over the control socket: the shapes, and the service behind them. */
import { z } from 'zod';
import { ScheduleSettings } from '../dream/triggers/schedule.js';

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

/** Stores are named by id or by name. */
export interface ScheduleService {
  list(): ScheduleBody[];
  set(store: string, settings: ScheduleSettings): ScheduleBody;
  remove(store: string): void;
  /** Null: every schedule. */
  pause(store: string | null, paused: boolean): ScheduleBody[];
}
