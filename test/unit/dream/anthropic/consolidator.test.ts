import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AnthropicConsolidator } from '../../../../src/dream/anthropic/anthropic-consolidator.js';
import type { Consolidation } from '../../../../src/dream/consolidator.js';
import type { DreamInput } from '../../../../src/dream/input.js';
import { dreamContext, dreamInput, options, type TestContext } from './dream-fixture.js';
import { lastTurn, type MessagesServer, messagesServer, type Reply, say } from './messages-server.js';

/** Put together here, so that no file holds what looks like a key. */
const key = ['sk', 'ant', 'test', 'x'.repeat(8)].join('-');

let server: MessagesServer;

beforeEach(() => {
  vi.stubEnv('ANTHROPIC_API_KEY', key);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
});

async function dream(
  replies: readonly Reply[],
  {
    input = dreamInput(),
    context = dreamContext(),
    ...others
  }: { input?: DreamInput; context?: TestContext } & Parameters<typeof options>[1] = {},
): Promise<Consolidation> {
  server = await messagesServer(replies);
  return new AnthropicConsolidator(options(server.url, others)).consolidate(input, context);
}

const edit = {
  kind: 'resolve_contradiction',
  reason: 'Staging moved.',
  confidence: 0.9,
  changes: [{ op: 'replace', path: '/a.md', old: 'pg-old-2', new: 'pg-new-1', line: 2 }],
  evidence: [
    { type: 'event', session: 's1', event: '2', quote: 'DATABASE_HOST=pg-new-1' },
    { type: 'memory', path: '/b.md', line: 1, quote: 'The staging database is pg-old-2.' },
  ],
};

describe('the loop', () => {
  it('carries out tool calls, several in a turn, and answers each', async () => {
    const { edits, usage, remarks } = await dream([
      say({
        text: 'I look first.',
        calls: [
          ['list_memories', {}],
          ['read_memory', { path: '/a.md' }],
          ['read_transcript', { session: 's1' }],
        ],
        usage: { input: 100, output: 20, written: 1_000 },
      }),
      say({ calls: [['propose_edit', edit]], usage: { input: 50, output: 30, read: 1_000 } }),
      say({ calls: [['read_memory', { path: '/a.md' }]] }),
      say({ calls: [['finish', { remarks: ['Tuesdays were not checked.'], notes: '' }]] }),
    ]);
    const [list, read, transcript] = lastTurn(server.asked[1]!);
    expect(list!.content).toContain('/a.md · 29 bytes · 2 lines');
    expect(read!.content).toContain('2| database: pg-old-2');
    expect(transcript!.content).toContain('[event 2] tool_result · origin tool_result');
    expect(transcript!.content).toContain('| PORT=5432');
    const called = server.asked[1]!.body.messages.at(-2)!.content.filter(({ type }) => type === 'tool_use');
    expect(lastTurn(server.asked[1]!).map(({ tool_use_id }) => tool_use_id)).toEqual(
      called.map(({ id }) => id),
    );
    expect(lastTurn(server.asked[3]!)[0]!.content).toContain('2| database: pg-new-1');
    expect(edits).toEqual([
      {
        ...edit,
        evidence: [
          { ...edit.evidence[0], time: '2026-05-02T00:00:02.000Z', origin: 'tool_result' },
          { ...edit.evidence[1], version: 'memver_bmd' },
        ],
      },
    ]);
    expect(usage).toEqual({
      input_tokens: 170,
      output_tokens: 60,
      cache_creation_input_tokens: 1_000,
      cache_read_input_tokens: 1_000,
    });
    expect(remarks).toEqual(['Tuesdays were not checked.']);
  });
});
