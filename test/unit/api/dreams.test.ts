import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { controlSocket } from '../../../src/api/address.js';
import { ControlClient } from '../../../src/api/client.js';
import type { ControlService } from '../../../src/api/control.js';
import type { DreamDetail, DreamEvent, DreamOutcome, DreamService } from '../../../src/api/dreams.js';
import { createControlApp, listen } from '../../../src/api/server.js';
import { listenOnFile } from '../../../src/daemon/socket-file.js';

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

let data: string;
let server: Server;
let client: ControlClient;
let calls: unknown[][];

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'memfsd-api-'));
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
  const dreams: DreamService = {
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
  const app = createControlApp(
    () =>
      ({
        dreams,
        actor: ({ agent = actor.agent, session = actor.session }) => ({ agent, session }),
        refused: () => {},
        settled: async () => {},
      }) as Partial<ControlService> as ControlService,
    () => {},
  );
  server = await listen(app, listenOnFile(controlSocket(data)), () => {});
  client = new ControlClient(data);
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(data, { recursive: true, force: true });
});

it('fills in what a request leaves open', async () => {
  expect(await client.runDream('notes', { instructions: 'Mind the runbooks.' }, actor)).toMatchObject({
    id: 'drm_a',
  });
  expect(calls).toEqual([['run', 'notes', { ...asked, instructions: 'Mind the runbooks.' }, actor]]);
  await expect(client.runDream('notes', { instructions: '' }, actor)).rejects.toMatchObject({
    code: 'invalid',
  });
});

it('carries dreams, their progress and reports', async () => {
  const events: DreamEvent[] = [];
  for await (const event of client.followDream('drm_a')) events.push(event);
  expect(events).toEqual([{ progress: { done: 1, total: 2, what: 'reading' } }, { dream }]);
  expect(await client.showDream('drm')).toEqual(dream);
  expect(await client.dreamReport('drm')).toBe('# Dream');
  expect(await client.listDreams('notes')).toHaveLength(1);
  await client.listDreams(undefined);
  expect(calls.filter(([name]) => name === 'list')).toEqual([
    ['list', 'notes'],
    ['list', null],
  ]);
});

it('carries decisions, and which edits they are about', async () => {
  expect(await client.applyDream('drm_a', { except: [2] }, actor)).toEqual(outcome);
  await client.applyDream('drm_a', { edits: [1, 3] }, actor);
  await client.rejectDream('drm_a', {});
  await client.revertDream('drm_a', actor);
  await client.cancelDream('drm_a');
  expect(calls).toEqual([
    ['apply', 'drm_a', { edits: null, except: [2] }, actor],
    ['apply', 'drm_a', { edits: [1, 3], except: null }, actor],
    ['reject', 'drm_a', { edits: null, except: null }],
    ['revert', 'drm_a', actor],
    ['cancel', 'drm_a'],
  ]);
  await expect(client.applyDream('drm_a', { edits: [0] }, actor)).rejects.toMatchObject({ code: 'invalid' });
});
