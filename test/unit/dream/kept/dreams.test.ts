import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DreamRequest } from '../../../../src/dream/dream.js';
import type { Edit } from '../../../../src/dream/edit.js';
import { Dreams, type Outcome } from '../../../../src/dream/kept/dreams.js';

const request: DreamRequest = {
  engine: 'local',
  sessions: null,
  since: null,
  all: false,
  instructions: null,
  model: null,
  base_url: null,
  allow_upload: false,
  schedule: null,
};
const time = '2026-03-14T09:00:00.000Z';

const edit = (n: number, text = 'a line'): Edit => ({
  n,
  kind: 'note_pattern',
  reason: 'because',
  confidence: 0.9,
  changes: [{ op: 'create', path: `/new-${n}.md`, text }],
  evidence: [],
  paths: [`/new-${n}.md`],
  state: 'staged',
  note: null,
  sources: [],
  provable: false,
});

const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  base: 7,
  branch: 'drm_a',
  edits: [edit(1)],
  usage: null,
  remarks: ['a remark'],
  sessions: [],
  removedBytes: 5,
  memories: 3,
  firstTime: null,
  lastTime: time,
  ...more,
});

let directory: string;
let dreams: Dreams;
const create = (id: string, store = 'memstore_a') =>
  dreams.create({ id, store, asked_by: 'ada', created_at: time, request });

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-dreams-'));
  dreams = new Dreams(join(directory, 'dreams.db'));
});
afterEach(() => {
  dreams.close();
  rmSync(directory, { recursive: true });
});

it('keeps a dream, its edits and what was asked for', () => {
  create('drm_a');
  dreams.begin('drm_a', time);
  dreams.finish('drm_a', outcome(), time);
  dreams.close();
  dreams = new Dreams(join(directory, 'dreams.db'));
  expect(dreams.get('drm_a')).toMatchObject({
    status: 'staged',
    request,
    base: 7,
    branch: 'drm_a',
    remarks: ['a remark'],
    removed_bytes: 5,
    memories: 3,
    first_time: null,
    last_time: time,
  });
  expect(dreams.edits.of('drm_a')).toEqual([edit(1)]);
});

it('has nothing to do without a branch', () => {
  create('drm_a');
  dreams.finish('drm_a', outcome({ branch: null, edits: [] }), time);
  expect(dreams.get('drm_a').status).toBe('nothing_to_do');
});

it('finds a dream by the beginning of its id, if that is one only', () => {
  create('drm_abc');
  create('drm_abd', 'memstore_b');
  expect(dreams.get('drm_abc').id).toBe('drm_abc');
  expect(() => dreams.get('drm_ab')).toThrow('several');
  expect(() => dreams.get('drm_x')).toThrow('no dream');
  expect(() => dreams.get('')).toThrow('no dream');
});

it('lets a store have one dream under way, and names it', () => {
  create('drm_a');
  expect(() => create('drm_b')).toThrow('drm_a');
  create('drm_c', 'memstore_b');
  dreams.fail('drm_a', 'failed', { code: 'internal', message: 'm', hint: null }, time);
  expect(create('drm_d').status).toBe('pending');
});

it('counts how often it was begun', () => {
  create('drm_a');
  expect(dreams.begin('drm_a', time)).toBe(1);
  expect(dreams.begin('drm_a', time)).toBe(2);
});

it('keeps how far a consolidator has come, until it has ended', () => {
  create('drm_a');
  expect(dreams.savedStates.of('drm_a')).toBeNull();
  dreams.savedStates.save('drm_a', { round: 1 });
  dreams.savedStates.save('drm_a', { round: 2 });
  expect(dreams.savedStates.of('drm_a')).toEqual({ round: 2 });
  dreams.finish('drm_a', outcome(), time);
  expect(dreams.savedStates.of('drm_a')).toBeNull();
});

it('knows what dreams have seen, but for those that failed or were superseded', () => {
  const sessions = (events: number) => [{ id: 's1', events }];
  create('drm_a');
  dreams.finish('drm_a', outcome({ sessions: sessions(3) }), time);
  create('drm_b');
  dreams.finish('drm_b', outcome({ sessions: sessions(9) }), time);
  dreams.setStatus('drm_b', 'superseded');
  expect([...dreams.seenSessions.of('memstore_a', false)]).toEqual([['s1', 3]]);
  expect([...dreams.seenSessions.of('memstore_b', false)]).toEqual([]);
});

it('knows what was rejected, for each store', () => {
  dreams.rejections.add('memstore_a', ['f1', 'f1', 'f2'], time);
  expect([...dreams.rejections.of('memstore_a')]).toEqual(['f1', 'f2']);
  expect(dreams.rejections.of('memstore_b').size).toBe(0);
});

it('forgets a store without a trace', () => {
  create('drm_a');
  dreams.finish('drm_a', outcome({ edits: [edit(1, 'a peculiar sentence')] }), time);
  dreams.deleteStore('memstore_a');
  expect(dreams.list(null)).toEqual([]);
  for (const name of ['dreams.db', 'dreams.db-wal'])
    expect(readFileSync(join(directory, name)).includes('peculiar'), name).toBe(false);
});
