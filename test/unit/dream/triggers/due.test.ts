import { describe, expect, test } from 'vitest';
import { type Since, triggerDue } from '../../../../src/dream/triggers/due.js';
import { durationSeconds, durationText } from '../../../../src/dream/triggers/duration.js';
import { ScheduleSettings, type Triggers } from '../../../../src/dream/triggers/schedule.js';

const hour = 3_600_000;
/** Local time, as cron has it. */
const at = (text: string): number => new Date(text).getTime();

const none: Triggers = { cron: null, every_s: null, after_sessions: null, on_session_end: false };
const since = (changes: Partial<Since>): Since => ({
  dreamMs: at('2026-03-01T12:00:00'),
  lookedMs: at('2026-03-01T12:00:00'),
  newSessions: 1,
  endedSessions: 0,
  ...changes,
});

test('a schedule that asks for dreams all the time is told what it may ask for', () => {
  const limits = { max_change_percent: 5, max_change_percent_30_days: 20 };
  const rest = { engine: 'local', policy: 'manual', notify: null, ...limits };
  const { error } = ScheduleSettings.safeParse({ ...none, every_s: 0, ...rest });
  expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringContaining('--every 24h')]);
});

describe('a schedule', () => {
  test('is quiet when nothing is new, whatever the time', () => {
    const all: Triggers = { cron: '0 3 * * *', every_s: 60, after_sessions: 1, on_session_end: true };
    expect(triggerDue(all, since({ newSessions: 0 }), at('2026-03-09T12:00:00'))).toBeNull();
  });

  test('of cron is due at its time and not before', () => {
    const nightly = { ...none, cron: '0 3 * * *' };
    expect(triggerDue(nightly, since({}), at('2026-03-02T02:59:00'))).toBeNull();
    expect(triggerDue(nightly, since({}), at('2026-03-02T03:00:00'))).toBe('cron');
  });

  test('of cron makes up for the nights that the machine slept, once', () => {
    const nightly = { ...none, cron: '0 3 * * *' };
    const awake = at('2026-03-05T09:00:00');
    expect(triggerDue(nightly, since({}), awake)).toBe('cron');
    expect(triggerDue(nightly, since({ dreamMs: awake }), awake + hour)).toBeNull();
  });

  test('of cron does not run at noon because nothing was new at night', () => {
    const nightly = { ...none, cron: '0 3 * * *' };
    const looked = at('2026-03-02T03:00:30');
    expect(triggerDue(nightly, since({ lookedMs: looked }), at('2026-03-02T12:00:00'))).toBeNull();
    expect(triggerDue(nightly, since({ lookedMs: looked }), at('2026-03-03T03:00:00'))).toBe('cron');
  });

  test('of hours counts from the last dream', () => {
    const daily = { ...none, every_s: 86_400 };
    expect(triggerDue(daily, since({}), at('2026-03-02T11:59:59'))).toBeNull();
    expect(triggerDue(daily, since({}), at('2026-03-02T12:00:00'))).toBe('every');
  });

  test('of sessions counts those with something new', () => {
    const five = { ...none, after_sessions: 5 };
    expect(triggerDue(five, since({ newSessions: 4 }), at('2026-03-01T13:00:00'))).toBeNull();
    expect(triggerDue(five, since({ newSessions: 5 }), at('2026-03-01T13:00:00'))).toBe('after_sessions');
  });

  test('of session ends waits for one', () => {
    const ends = { ...none, on_session_end: true };
    expect(triggerDue(ends, since({}), at('2026-03-01T13:00:00'))).toBeNull();
    expect(triggerDue(ends, since({ endedSessions: 1 }), at('2026-03-01T13:00:00'))).toBe('session_end');
  });

  test('with several triggers is due at the first of them', () => {
    const either = { ...none, every_s: 86_400, after_sessions: 5 };
    expect(triggerDue(either, since({ newSessions: 5 }), at('2026-03-01T13:00:00'))).toBe('after_sessions');
    expect(triggerDue(either, since({}), at('2026-03-02T12:00:00'))).toBe('every');
  });
});

describe('the settings of a schedule', () => {
  const settings = {
    ...none,
    engine: 'local',
    policy: 'manual',
    max_change_percent: 5,
    max_change_percent_30_days: 20,
    notify: null,
  };

  test('name at least one trigger', () => {
    expect(ScheduleSettings.safeParse(settings).success).toBe(false);
    expect(ScheduleSettings.safeParse({ ...settings, on_session_end: true }).success).toBe(true);
  });

  test.each(['0 3 * *', '61 3 * * *', 'nightly', '0 3 31 2 *'])('refuse the cron expression "%s"', (cron) => {
    const { error } = ScheduleSettings.safeParse({ ...settings, cron });
    expect(error?.issues[0]?.message).toMatch(/no cron expression|never comes/);
  });
});

describe('durations', () => {
  test.each([
    ['90m', 5400],
    ['24h', 86_400],
    ['1w', 604_800],
  ])('%s', (text, seconds) => expect(durationSeconds(text)).toBe(seconds));

  test.each(['', '24', 'h', '1.5h', '-1h', '24 hours'])('refuse "%s"', (text) =>
    expect(() => durationSeconds(text)).toThrow('is no duration'),
  );

  test('are shown in the largest unit that fits', () => {
    expect([5400, 86_400, 604_800, 61].map(durationText)).toEqual(['90m', '1d', '1w', '61s']);
  });
});
