/**
 * Settings of a schedule: when a store dreams by itself, and what is applied unseen then. One schedule a
 * store.
 */
import { z } from 'zod';
import { cronProblem } from './cron.js';

/** Policies for applying edits without a review. */
export const applyPolicies = [
  'manual',
  /** Merges of provably equal claims, and verifications by a user or a live check. */
  'safe',
  /** Also kinds of which enough edits were reviewed in this store and nearly all accepted. */
  'auto',
] as const;
export type ApplyPolicy = (typeof applyPolicies)[number];

export const Triggers = z.object({
  /** Five fields, in the local time of the daemon. */
  cron: z
    .string()
    .refine((text) => cronProblem(text) === null, {
      error: ({ input }) => cronProblem(input as string) ?? '',
    })
    .nullable(),
  /** Seconds since the last dream of the store. */
  every_s: z.int().min(60, 'dreams are a minute apart at least: --every 24h').nullable(),
  /** Sessions with something new since then. */
  after_sessions: z.int().min(1).nullable(),
  /** Whether the end of a session triggers a dream. */
  on_session_end: z.boolean(),
});
export type Triggers = z.infer<typeof Triggers>;

export const ScheduleSettings = Triggers.extend({
  engine: z.enum(['local', 'anthropic']),
  policy: z.enum(applyPolicies),
  /** Per cent of the store's bytes that may change unseen, in one dream and within 30 days. */
  max_change_percent: z.number().min(0).max(100),
  max_change_percent_30_days: z.number().min(0).max(100),
  /** A command for /bin/sh when a dream waits for review; null: nobody is told. */
  notify: z.string().min(1).max(4096).nullable(),
}).refine(hasTrigger, { error: 'a schedule needs --cron, --every, --after-sessions or --on-session-end' });
export type ScheduleSettings = z.infer<typeof ScheduleSettings>;

function hasTrigger({ cron, every_s, after_sessions, on_session_end }: Triggers): boolean {
  return cron !== null || every_s !== null || after_sessions !== null || on_session_end;
}
