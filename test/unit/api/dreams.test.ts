import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ControlClient } from '../../../src/api/client/client.js';
import type { DreamDetail, DreamEvent, DreamOutcome } from '../../../src/api/endpoints/dreams.js';
import { dreamHandlers } from '../../../src/daemon/control/dream-handlers.js';
import type { ControlParts } from '../../../src/daemon/control/parts.js';
import { Served } from './served.js';

const actor = { agent: 'rita', session: 'sesn_rita' };

const asked = {
  engine: 'local' as const,
  sessions: null,
  since: null,
  all: false,
  instructions: null,
  model: null,
  base_url: null,
  allow_upload: false,
};

const dream: DreamDetail = {
  id: 'drm_a',
  store: 'memstore_a',
  store_name: 'notes',
  status: 'staged',
  request: { ...asked, schedule: null },
  asked_by: 'rita',
  base: 7,
  branch: 'drm_a',
  created_at: '2026-03-14T09:00:00.000Z',
  started_at: null,
  ended_at: null,
  error: null,
  usage: null,
  remarks: [],
  sessions: 2,
  memories: 3,
  first_time: null,
  last_time: null,
  removed_bytes: 0,
  progress: null,
  counts: { staged: 1 },
  edits: [],
  refused: [],
  moved: { memories: 0 },
};

const outcome: DreamOutcome = {
  id: 'drm_a',
  status: 'applied',
  paths: [{ path: '/a', outcome: 'moved', reason: 'from /b' }],
  applied: [1],
  left_out: [{ n: 2, reason: 'gone' }],
  rejected: [],
  reviewed: ['/a'],
};

let served: Served;
let client: ControlClient;
let calls: unknown[][];

beforeEach(async () => {
  calls = [];
  const noted =
    <T>(name: string, reply: T) =>
    (...args: unknown[]): T => {
      calls.push([name, ...args]);
      return reply;
    };
  async function* follow(): AsyncGenerator<DreamEvent> {
    yield { progress: { done: 1, total: 2, what: 'reading' } };
    yield { dream };
  }
  const dreams = {
    run: noted('run', dream),
    follow,
    list: noted('list', [dream]),
    show: noted('show', dream),
    report: noted('report', '# Dream'),
    diff: noted('diff', []),
    apply: noted('apply', Promise.resolve(outcome)),
    reject: noted('reject', Promise.resolve(outcome)),
    revert: noted('revert', Promise.resolve(outcome)),
    cancel: noted('cancel', dream),
  };
  served = await new Served().start();
  served.handlers.dreams = dreamHandlers({ dreams } as unknown as ControlParts);
  client = served.client;
});
afterEach(() => served.end());

it('fills in what a request leaves open', async () => {
  expect(
    await client.dreams.run({ store: 'notes', instructions: 'Mind the runbooks.', ...actor }),
  ).toMatchObject({
    id: 'drm_a',
  });
  expect(calls).toEqual([['run', 'notes', { ...asked, instructions: 'Mind the runbooks.' }, actor]]);
  await expect(client.dreams.run({ store: 'notes', instructions: '', ...actor })).rejects.toMatchObject({
    code: 'invalid',
  });
});

it('carries dreams, their progress and reports', async () => {
  const events: DreamEvent[] = [];
  for await (const event of client.dreams.follow({ dream: 'drm_a' })) events.push(event);
  expect(events).toEqual([{ progress: { done: 1, total: 2, what: 'reading' } }, { dream }]);
  expect(await client.dreams.show({ dream: 'drm' })).toEqual(dream);
  expect(await client.dreams.report({ dream: 'drm' })).toEqual({ report: '# Dream' });
  expect((await client.dreams.listOf({ store: 'notes' })).dreams).toHaveLength(1);
  await client.dreams.list();
  expect(calls.filter(([name]) => name === 'list')).toEqual([
    ['list', 'notes'],
    ['list', null],
  ]);
});

it('carries decisions, and which edits they are about', async () => {
  expect(await client.dreams.apply({ dream: 'drm_a', except: [2], ...actor })).toEqual(outcome);
  await client.dreams.apply({ dream: 'drm_a', edits: [1, 3], ...actor });
  await client.dreams.reject({ dream: 'drm_a' });
  await client.dreams.revert({ dream: 'drm_a', ...actor });
  await client.dreams.cancel({ dream: 'drm_a' });
  expect(calls).toEqual([
    ['apply', 'drm_a', { edits: null, except: [2] }, actor],
    ['apply', 'drm_a', { edits: [1, 3], except: null }, actor],
    ['reject', 'drm_a', { edits: null, except: null }],
    ['revert', 'drm_a', actor],
    ['cancel', 'drm_a'],
  ]);
  await expect(client.dreams.apply({ dream: 'drm_a', edits: [0], ...actor })).rejects.toMatchObject({
    code: 'invalid',
  });
});
