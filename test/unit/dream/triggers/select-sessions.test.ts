import { expect, it } from 'vitest';
import type { DreamRequest } from '../../../../src/dream/dream.js';
import { selectSessions } from '../../../../src/dream/triggers/select-sessions.js';
import type { SessionSummary } from '../../../../src/sessions/transcripts.js';

const store = 'memstore_a';
const asked: DreamRequest = {
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

const session = (id: string, day: number, more: Partial<SessionSummary> = {}): SessionSummary => ({
  id,
  agent: null,
  stores: [store],
  events: 5,
  first_time: `2026-03-${String(day).padStart(2, '0')}T09:00:00.000Z`,
  last_time: `2026-03-${String(day).padStart(2, '0')}T10:00:00.000Z`,
  ended_at: null,
  cwd: null,
  model: null,
  files: [],
  skipped_lines: 0,
  ...more,
});

const transcripts = [
  session('third', 3),
  session('first', 1),
  session('mounted', 2, { stores: [] }),
  session('elsewhere', 2, { stores: ['memstore_b'] }),
];
const known = { transcripts, ofStore: new Set(['mounted', 'without transcript']), seen: new Map() };
const ids = (request: Partial<DreamRequest>, more: Partial<typeof known> = {}): string[] =>
  selectSessions({ ...asked, ...request }, store, { ...known, ...more }).sessions.map(({ id }) => id);

it('takes those of the store, by ingest or through a mount, in their order', () => {
  expect(ids({})).toEqual(['first', 'mounted', 'third']);
});

it('leaves out what a dream has seen, unless it has grown', () => {
  const seen = new Map([
    ['first', 5],
    ['third', 4],
  ]);
  expect(ids({}, { seen })).toEqual(['mounted', 'third']);
});

it('takes all since a time, seen or not', () => {
  const seen = new Map([['third', 5]]);
  expect(ids({ since: '2026-03-02T10:00:00Z' }, { seen })).toEqual(['mounted', 'third']);
  expect(ids({ since: '2026-03-03' }, { seen })).toEqual(['third']);
});

it('takes those that are named, wherever they belong, and misses one that is not there', () => {
  expect(ids({ sessions: ['elsewhere', 'first', 'first'] })).toEqual(['first', 'elsewhere']);
  expect(() => ids({ sessions: ['nobody'] })).toThrow('nobody');
});

it('takes the newest hundred and says so, unless all are asked for', () => {
  const many = Array.from({ length: 150 }, (_, i) =>
    session(`s${i}`, 1, { first_time: `2026-03-01T00:00:00.${String(i).padStart(3, '0')}Z` }),
  );
  const { sessions, remarks } = selectSessions(asked, store, { ...known, transcripts: many });
  expect(sessions.map(({ id }) => id)).toEqual(many.slice(50).map(({ id }) => id));
  expect(remarks).toEqual([expect.stringContaining('50 older sessions')]);
  expect(ids({ all: true }, { transcripts: many })).toHaveLength(150);
  expect(ids({ sessions: many.map(({ id }) => id) }, { transcripts: many })).toHaveLength(150);
});
