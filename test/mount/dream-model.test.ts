/** A dream with a model, from the command line to an endpoint on the wire, over the death of the engine. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DreamDetail } from '../../src/api/endpoints/dreams.js';
import {
  type MessagesServer,
  messagesServer,
  type Reply,
  say,
  stall,
} from '../unit/dream/anthropic/messages-server.js';
import { claudeLine, jsonLines, session } from '../unit/sessions/samples.js';
import { killEngine } from './daemon-support/processes.js';
import type { ChildResult } from './support/child.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const moved = 'We moved the staging database to pg-new-1 in May.';
/** Put together here, so that no file holds what looks like a key. */
const key = ['sk', 'ant', 'test', 'y'.repeat(8)].join('-');

/** The answer depends on the script: it can be changed while the server runs. */
let script: Reply[] = [];

const search = say({ calls: [['search_transcripts', { query: 'pg-new-1' }]] });
const finish = say({ calls: [['finish', { remarks: [], notes: '' }]] });

/** Points at the event that the search before has found. */
const propose: Reply = (response, asked) => {
  const found = asked.body.messages.at(-1)!.content[0]!.content!;
  const event = /\[event (\S+)\]/.exec(found)![1];
  const edit = {
    kind: 'resolve_contradiction',
    reason: 'Staging moved to pg-new-1.',
    confidence: 0.9,
    changes: [{ op: 'replace', path: '/a.md', old: 'pg-old-2', new: 'pg-new-1', line: 1 }],
    evidence: [{ type: 'event', session, event, quote: moved }],
  };
  say({ calls: [['propose_edit', edit]] })(response, asked);
};

describe('a dream with a model', () => {
  const daemon = usePrivateDaemon();
  let server: MessagesServer;

  const dream = async (...args: string[]): Promise<ChildResult> =>
    daemon.run([
      'dream',
      'run',
      'notes',
      '--engine',
      'anthropic',
      '--base-url',
      server.url,
      '--json',
      ...args,
    ]);
  const detail = async (running: Promise<ChildResult>): Promise<DreamDetail> => {
    const { status, stdout, stderr } = await running;
    expect([status, stderr]).toEqual([0, '']);
    return JSON.parse(stdout) as DreamDetail;
  };

  beforeAll(async () => {
    server = await messagesServer([(response, asked) => script.shift()!(response, asked)]);
    const env = { ...process.env, ANTHROPIC_API_KEY: key };
    expect((await daemon.run(['start'], { env })).status).toBe(0);
    await daemon.expect('store', 'create', 'notes');
    await daemon.run(['write', 'notes', 'a.md'], { input: 'The staging database is pg-old-2.\n' });
    const file = path.join(daemon.base, 'a.jsonl');
    writeFileSync(file, jsonLines([claudeLine('u1', null, { message: { role: 'user', content: moved } })]));
    await daemon.expect('session', 'ingest', file, '--store', 'notes');
  });
  afterAll(() => server.close());

  it('sends nothing before it is allowed to', async () => {
    const { status, stderr } = await dream();
    const { error } = JSON.parse(stderr) as { error: { message: string; hint: string } };
    expect(status).toBe(5);
    expect(error.message).toMatch(/up to \d+ bytes .* 127\.0\.0\.1:\d+ .*at most \d+ tokens/);
    expect(error.hint).toContain('--allow-upload');
    expect(server.asked).toEqual([]);
  });

  it('stages what the model proposes, and goes on after the death of the engine', async () => {
    const stalled = new Promise<void>((begun) => {
      script = [search, propose, stall({ text: 'x'.repeat(2_000) }, begun), finish];
    });
    const running = detail(
      dream('--allow-upload', '--model', 'test-model', '--instructions', 'Mind staging.'),
    );
    await stalled;
    await killEngine(daemon);
    const { status, edits, refused, remarks, usage } = await running;
    expect(status).toBe('staged');
    expect(refused).toEqual([]);
    expect(edits).toMatchObject([{ kind: 'resolve_contradiction', state: 'staged', paths: ['/a.md'] }]);
    expect(remarks).toContainEqual(expect.stringMatching(/^up to \d+ bytes .*test-model/));
    expect(usage).toMatchObject({ input_tokens: 30, output_tokens: 15 });
    expect(server.asked.map(({ body }) => body.model)).toEqual(Array(4).fill('test-model'));
    // The turns before the death were not asked for again.
    expect(server.asked[3]!.text).toBe(server.asked[2]!.text);
    expect(server.asked[0]!.text).toContain('Mind staging.');
  });

  it('needs no consent for the same destination again', async () => {
    script = [finish];
    expect(await detail(dream('--session', session))).toMatchObject({ status: 'nothing_to_do' });
  });

  it('leaves the key nowhere', () => {
    expect(server.asked.every(({ headers }) => headers.authorization?.endsWith(key))).toBe(true);
    const names = readdirSync(daemon.data, { recursive: true, encoding: 'utf8' });
    expect(names).toContain('dreams.db');
    for (const name of names) {
      const file = path.join(daemon.data, name);
      const bytes = /\.(?:db|log|json|spool)(?:-wal)?$/.test(name) ? readFileSync(file) : Buffer.alloc(0);
      expect(bytes.includes(key), name).toBe(false);
    }
  });
});
