/**
 * Decides whether a schedule asks for a dream now. A run that was missed, because the machine slept, is due
 * once.
 */

import { type Dream, isUnderWay } from '../dream.js';
import { cronAfter } from './cron.js';
import type { Triggers } from './schedule.js';

/** In ms, after a dream that failed or was cancelled: its sessions are still new. */
const retryAfterMs = 3_600_000;

/**
 * Counts what has happened in a store since its last dream, or since the schedule was made if there was none.
 */
export interface Since {
  /** That moment. */
  readonly dreamMs: number;
  /** When the times of `cron` were last looked at. */
  readonly lookedMs: number;
  /** Sessions with events that no dream has read. */
  readonly newSessions: number;
  /** Sessions among these that were said to have ended. */
  readonly endedSessions: number;
}

export type TriggerName = 'cron' | 'every' | 'after_sessions' | 'session_end';

/**
 * Whether a dream may begin: one at a time, and a pause after one that came to nothing. `dreams`: those of
 * the store, the latest first.
 */
export const mayBegin = (dreams: readonly Dream[], nowMs: number): boolean =>
  !dreams.some(isUnderWay) && !(dreams[0] !== undefined && isTooSoon(dreams[0], nowMs));

const isTooSoon = ({ status, ended_at }: Dream, nowMs: number): boolean =>
  (status === 'failed' || status === 'canceled') &&
  ended_at !== null &&
  nowMs - Date.parse(ended_at) < retryAfterMs;

/**
 * Times are RFC 3339; `dreamt_at`: of the latest dream; `seen`: the events of each session that dreams have
 * read.
 */
export function sinceLastDream(
  times: { readonly created_at: string; readonly looked_at: string; readonly dreamt_at: string | null },
  sessions: readonly { readonly id: string; readonly events: number; readonly ended_at: string | null }[],
  seen: ReadonlyMap<string, number>,
): Since {
  const fresh = sessions.filter(({ id, events }) => events > (seen.get(id) ?? 0));
  return {
    dreamMs: Date.parse(times.dreamt_at ?? times.created_at),
    lookedMs: Date.parse(times.looked_at),
    newSessions: fresh.length,
    endedSessions: fresh.filter(({ ended_at }) => ended_at !== null).length,
  };
}

/**
 * Returns the first trigger that is due; null: none. Without anything new none is, and a time of `cron` that
 * passes then has passed.
 */
export function triggerDue(triggers: Triggers, since: Since, nowMs: number): TriggerName | null {
  if (since.newSessions === 0) return null;
  const { cron, every_s, after_sessions, on_session_end } = triggers;
  if (on_session_end && since.endedSessions > 0) return 'session_end';
  if (after_sessions !== null && since.newSessions >= after_sessions) return 'after_sessions';
  if (every_s !== null && nowMs - since.dreamMs >= every_s * 1000) return 'every';
  if (cron === null) return null;
  const next = cronAfter(cron, Math.max(since.dreamMs, since.lookedMs));
  return next !== null && next <= nowMs ? 'cron' : null;
}
