/** Every endpoint of the control API, asked by those who may not: one that is added later is asked too. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { controlSocket } from '../../src/api/address.js';
import { type Endpoint, methodOf, pathOf } from '../../src/api/endpoint.js';
import { allEndpoints } from '../../src/api/endpoints.js';
import { expectSuccess, runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Sends requests one after the other; answers, headers included, as JSON. */
const client = `
const { request } = require('node:http');
let text = '';
process.stdin.on('data', (part) => (text += part)).on('end', async () => {
  const { socketPath, requests } = JSON.parse(text);
  const answers = [];
  for (const { method, path, body } of requests)
    answers.push(await new Promise((resolve, reject) => {
      const sent = request({ socketPath, method, path, agent: false }, (response) => {
        let text = JSON.stringify(response.headers);
        for (const name of ['memfsd-record', 'memfsd-snapshot'])
          text += Buffer.from(response.headers[name] ?? '', 'base64').toString();
        response.on('data', (part) => (text += part.toString('latin1')));
        response.on('close', () => resolve({ status: response.statusCode, text }));
      });
      sent.on('error', reject);
      sent.end(body);
    }));
  console.log(JSON.stringify(answers));
});`;

const endpoints = allEndpoints.map(({ endpoint }) => endpoint);

const hidden = 'zzhidden';
const word = 'ZZSECRETWORD';

describeMount('every endpoint of the control API', () => {
  const daemon = usePrivateDaemon();
  let own: string;
  let other: string;

  beforeAll(async () => {
    const source = join(daemon.base, 'source');
    for (const name of ['open', hidden]) mkdirSync(join(source, name), { recursive: true });
    writeFileSync(join(source, 'open/a.md'), 'one\n');
    writeFileSync(join(source, hidden, 's.md'), `${word}\n`);
    for (const store of ['team', `${hidden}store`]) {
      await daemon.expect('store', 'create', store);
      await daemon.expect('store', 'import', store, source);
    }
    other = await daemon.mount('team', '--session', `${hidden}boss`, '--agent', `${hidden}agent`);
    await daemon.mount(`${hidden}store`, '--session', `${hidden}boss`);
    own = await daemon.mount('team', '--session', 'intern', '--allow', 'open/**=rw');
    await daemon.shell(other, `echo ${word} >> ${hidden}/s.md; cat ${hidden}/s.md open/a.md`);
    const transcript = join(daemon.base, 't.jsonl');
    const line = {
      type: 'user',
      sessionId: `${hidden}boss`,
      uuid: 'u1',
      timestamp: '2026-11-30T10:00:00Z',
      message: { role: 'user', content: word },
    };
    writeFileSync(transcript, `${JSON.stringify(line)}\n`);
    await daemon.expect('session', 'ingest', transcript, '--store', 'team');
  });

  /** What an endpoint is asked with, by the names of its fields; each is one that the owner could ask with. */
  const samples = (store: string): Record<string, unknown> => ({
    store,
    path: `/${hidden}/s.md`,
    version: '3',
    number: 1,
    take: 'theirs',
    versions: ['3'],
    name: 'copy',
    keep_days: 1,
    keep_versions: 1,
    archived: true,
    confirm: store,
    settings: {
      cron: null,
      every_s: null,
      after_sessions: null,
      on_session_end: true,
      engine: 'local',
      policy: 'manual',
      max_change_percent: 1,
      max_change_percent_30_days: 1,
      notify: null,
    },
    paused: true,
    dream: 'drm_a',
    session: `${hidden}boss`,
    file: '1:1',
    agent: 'a',
    id: 'r',
    programs: { command: '/none', keeper: '/none', engine: '/none' },
  });

  /** In the caller's own name, unless `inName` gives another. Null: the samples lack something that it must be asked with. */
  function requestOf(
    endpoint: Endpoint,
    store: string,
    inName: string | undefined,
  ): { method: string; path: string; body: string } | null {
    const all = samples(store);
    const { request, input, body } = endpoint;
    if (/\/mounts$/.test(request))
      Object.assign(all, { path: methodOf(endpoint) === 'DELETE' ? other : `${daemon.base}/new` });
    if (!/:session|\/reads$/.test(request)) Object.assign(all, { session: inName });
    const parsed = input.safeParse(all);
    if (!parsed.success) return null;
    const known = new Set(Object.keys(parsed.data));
    const fields = Object.entries(all).filter(
      ([field, value]) => value !== undefined && known.has(field) && !request.includes(`:${field}`),
    );
    const path = pathOf(endpoint).replace(/:(\w+)/g, (_, field: string) =>
      encodeURIComponent(String(all[field])),
    );
    const query = new URLSearchParams();
    if (body !== 'json') for (const [field, value] of fields) query.set(field, String(value));
    return {
      method: methodOf(endpoint),
      path: query.size === 0 ? path : `${path}?${query}`,
      body: body === 'json' ? JSON.stringify(Object.fromEntries(fields)) : '',
    };
  }

  async function ask(session: string, store: string, inName?: string): Promise<Map<string, Answer>> {
    const requests = endpoints.map((endpoint) => requestOf(endpoint, store, inName)!);
    const input = JSON.stringify({ socketPath: controlSocket(daemon.data), requests });
    const env = { ...process.env, MEMFSD_SESSION: session };
    const answers = JSON.parse(
      await daemon.withLog(expectSuccess(runChild(process.execPath, ['-e', client], { env, input }))),
    ) as Answer[];
    return new Map(endpoints.map(({ request }, i) => [request, answers[i]!]));
  }

  const status = (answers: Map<string, Answer>): Record<string, number> =>
    Object.fromEntries([...answers].map(([route, answer]) => [route, answer.status]));

  test('can be asked by this test', () => {
    const lacking = endpoints.filter((endpoint) => requestOf(endpoint, 'team', undefined) === null);
    expect(lacking.map(({ request }) => request)).toEqual([]);
  });

  test('is refused to whoever cannot be told', async () => {
    const answers = await ask('', 'team');
    expect(new Set(Object.values(status(answers)))).toEqual(new Set([403]));
    for (const { text } of answers.values()) expect(text).toContain('unset MEMFSD_SESSION');
  });

  /** What says no more than that there is a daemon, and for a session that sees nothing is empty. */
  const harmless: Record<string, RegExp> = {
    'GET /status': /"mounts":\[\],"stores":\[\],"dreams":\[\]/,
    'GET /stores': /\{"stores":\[\]\}$/,
    'GET /mounts': /\{"mounts":\[\]\}$/,
    'GET /live-sessions': /\{"sessions":\[\]\}$/,
  };

  test('gives nothing to a session that nothing is known of', async () => {
    const answers = await ask('stranger', 'team');
    for (const [route, { status: code, text }] of answers) {
      expect(text, route).not.toMatch(new RegExp(`${word}|intern|${daemon.base}/mount`));
      if (route in harmless) expect(text, route).toMatch(harmless[route]!);
      else expect([403, 404], `${route}: ${text}`).toContain(code);
    }
  });

  test.each(['team', `${hidden}store`])(
    'tells a restricted session nothing that it may not know (%s)',
    async (store) => {
      const answers = await ask('intern', store);
      for (const [route, { status: code, text }] of answers) {
        expect(text, route).not.toContain(word);
        // What was asked for may be repeated; what was not, such as an agent, a mount or a rule, may not.
        const asked = [`${hidden}store`, `/${hidden}/s.md`, `\\"${hidden}boss\\"`];
        expect(
          asked.reduce((rest, each) => rest.replaceAll(each, ''), text),
          route,
        ).not.toContain(hidden);
        if (route.startsWith('GET')) continue;
        // Nothing is in what was sent.
        if (route === 'POST /transcripts' && code === 200) expect(text).toContain('"sessions":[]');
        else if (route.endsWith('/import')) expect([400, 404]).toContain(code);
        else expect([403, 404], `${route}: ${text}`).toContain(code);
      }
      expect(status(answers)).toMatchObject({
        'POST /stop': 403,
        'POST /sessions': 403,
        'POST /sessions/:session/end': 403,
        'DELETE /mounts': 403,
        'GET /status': 200,
      });
      expect(answers.get('GET /mounts')!.text).toContain(own);
      for (const { request, session } of endpoints) {
        const { status: code, text } = answers.get(request)!;
        if (session === 'whole') expect([403, 404], request).toContain(code);
        if (typeof session !== 'object') continue;
        expect(code, request).toBe(403);
        expect(text, request).toContain(`a process of a session may not ${session.refused} (intern)`);
      }
    },
  );

  test('refuses what a session asks for in the name of another', async () => {
    const answers = await ask('intern', 'team', `${hidden}boss`);
    const named = endpoints.filter(
      ({ request, input }) => !request.includes(':session') && 'session' in input.shape,
    );
    expect(named.length).toBeGreaterThan(8);
    for (const { request } of named) {
      const { status: code, text } = answers.get(request)!;
      expect(code, `${request}: ${text}`).toBe(403);
    }
    expect(answers.get('PUT /stores/:store/content')!.text).toContain('in the name of another session');
  });

  test('changed nothing', async () => {
    expect(await daemon.shell(other, `cat open/a.md ${hidden}/s.md; ls`)).toBe(
      `one\n${word}\n${word}\nopen\n${hidden}\n`,
    );
    const { sessions } = JSON.parse(await daemon.expect('session', 'list', '--live', '--json')) as {
      sessions: { id: string; ended_at: string | null; refusals: number }[];
    };
    expect(sessions).toMatchObject([
      { id: 'intern', ended_at: null, mounts: [own] },
      { id: `${hidden}boss`, ended_at: null, refusals: 0 },
    ]);
    expect(sessions[0]!.refusals).toBeGreaterThan(20);
  });
});
