/** Whether a schedule asks for a dream now. A run that was missed, because the machine slept, is due once. */
import { cronAfter } from './cron.js';
import type { Triggers } from './schedule.js';

/** What has happened in a store since its last dream, or since the schedule was made when there was none. */
export interface Since {
  /** Of that moment. */
  readonly dreamMs: number;
  /** When the times of `cron` were last looked at. */
  readonly lookedMs: number;
  /** Sessions with events that no dream has read. */
  readonly newSessions: number;
  /** Of these, sessions that were said to have ended. */
  readonly endedSessions: number;
}

export type TriggerName = 'cron' | 'every' | 'after_sessions' | 'session_end';

/** Null: not now. Without anything new nothing is due, and a time of `cron` that passes then has passed. */
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
