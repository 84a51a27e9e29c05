import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SessionBody } from '../../../src/api/endpoints/transcripts.js';
import { Catalog } from '../../../src/daemon/catalog.js';
import { DreamScheduler } from '../../../src/daemon/dreams/dream-scheduler.js';
import { DreamSchedules } from '../../../src/daemon/dreams/dream-schedules.js';
import type { Dream } from '../../../src/dream/dream.js';
import { Dreams } from '../../../src/dream/kept/dreams.js';
import type { ScheduleSettings } from '../../../src/dream/triggers/schedule.js';

const hour = 3_600_000;
const store = 'memstore_a';
const settings: ScheduleSettings = {
  cron: null,
  every_s: null,
  after_sessions: 2,
  on_session_end: false,
  engine: 'local',
  policy: 'manual',
  max_change_percent: 5,
  max_change_percent_30_days: 20,
  notify: null,
};

let directory: string;
let catalog: Catalog;
let dreams: Dreams;
let schedules: DreamSchedules;
let scheduler: DreamScheduler;
let nowMs: number;
let sessions: SessionBody[];
let begun: string[];

const now = (): string => new Date(nowMs).toISOString();

const session = (id: string, events = 10): SessionBody => ({
  id,
  agent: null,
  stores: [store],
  events,
  first_time: null,
  last_time: null,
  ended_at: null,
  cwd: null,
  model: null,
  files: [],
  skipped_lines: 0,
});

function start(id: string, request: Dream['request']): void {
  const name = `drm_${begun.length + 1}`;
  dreams.create({ id: name, store: id, asked_by: 'schedule', created_at: now(), request });
  begun.push(name);
}

const unknown = { memories: 0, firstTime: null, lastTime: null };

/** As a dream that has read the sessions and found nothing. */
const finish = (id: string): void =>
  dreams.finish(
    id,
    { base: 1, branch: null, edits: [], usage: null, remarks: [], sessions, removedBytes: 0, ...unknown },
    now(),
  );

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-scheduler-'));
  catalog = new Catalog(join(directory, 'catalog.db'));
  catalog.addStore({
    id: store,
    name: 'team',
    description: '',
    created_at: '2026-01-01T00:00:00.000Z',
    archived: 0,
  });
  dreams = new Dreams(join(directory, 'dreams.db'));
  nowMs = Date.parse('2026-03-01T12:00:00Z');
  const clock = () => ({ sec: Math.floor(nowMs / 1000), nsec: 0, ms: nowMs });
  schedules = new DreamSchedules({ catalog, dreams, clock });
  sessions = [];
  begun = [];
  const log = pino({ level: 'silent' });
  scheduler = new DreamScheduler({ dreams, catalog, sessions: async () => sessions, start, clock, log });
});
afterEach(() => {
  scheduler.stop();
  dreams.close();
  catalog.close();
  rmSync(directory, { recursive: true, force: true });
});

test('begins a dream once there are enough new sessions, and another one only for newer ones', async () => {
  schedules.set('team', settings);
  sessions = [session('a')];
  await scheduler.look();
  expect(begun).toEqual([]);
  sessions = [session('a'), session('b')];
  await scheduler.look();
  expect(begun).toEqual(['drm_1']);
  expect(dreams.get('drm_1').request).toMatchObject({ schedule: store, engine: 'local', sessions: null });

  finish('drm_1');
  await scheduler.look();
  expect(begun).toEqual(['drm_1']);
  sessions = [session('a', 11), session('b', 12)];
  await scheduler.look();
  expect(begun).toEqual(['drm_1', 'drm_2']);
});

test('begins none while one of the store is under way', async () => {
  schedules.set('team', settings);
  sessions = [session('a'), session('b')];
  await scheduler.look();
  sessions = [...sessions, session('c'), session('d')];
  await scheduler.look();
  expect(begun).toEqual(['drm_1']);
});

test('tries again an hour after one that failed', async () => {
  schedules.set('team', settings);
  sessions = [session('a'), session('b')];
  await scheduler.look();
  dreams.fail('drm_1', 'failed', null, now());
  nowMs += hour - 1;
  await scheduler.look();
  expect(begun).toHaveLength(1);
  nowMs += 1;
  await scheduler.look();
  expect(begun).toHaveLength(2);
});

test('makes up for a missed time once after a pause', async () => {
  schedules.set('team', { ...settings, after_sessions: null, every_s: 86_400 });
  sessions = [session('a')];
  schedules.pause('team', true);
  nowMs += 5 * 24 * hour;
  await scheduler.look();
  expect(begun).toEqual([]);
  expect(schedules.pause(null, false)).toMatchObject([{ name: 'team', paused: false }]);
  await scheduler.look();
  finish('drm_1');
  nowMs += hour;
  sessions = [session('a'), session('b')];
  await scheduler.look();
  expect(begun).toEqual(['drm_1']);
});

test('leaves stores alone that were set aside or have no schedule any more', async () => {
  schedules.set('team', { ...settings, after_sessions: 1 });
  sessions = [session('a')];
  catalog.setArchived(store, true);
  await scheduler.look();
  expect(begun).toEqual([]);
  schedules.remove('team');
  expect(schedules.list()).toEqual([]);
  expect(() => schedules.remove('team')).toThrow('has no schedule');
});
