/** A dream with a model that answers from a script. */
import { afterEach, beforeEach, vi } from 'vitest';
import { AnthropicConsolidator } from '../../../../src/dream/anthropic/anthropic-consolidator.js';
import type { AnthropicOptions } from '../../../../src/dream/anthropic/options.js';
import type { Consolidation } from '../../../../src/dream/consolidator.js';
import type { RefusalOf } from '../../../../src/dream/guard/judge.js';
import type { DreamInput } from '../../../../src/dream/input.js';
import { dreamContext, dreamInput, options, type TestContext } from './dream-fixture.js';
import {
  type Block,
  lastTurn,
  type MessagesServer,
  messagesServer,
  type Reply,
  say,
} from './messages-server.js';

/** Put together here, so that no file holds what looks like a key. */
export const key = ['sk', 'ant', 'test', 'x'.repeat(8)].join('-');

export interface Setting extends Partial<AnthropicOptions> {
  readonly input?: DreamInput;
  readonly context?: TestContext;
  /** Of the guard; by default it refuses nothing. */
  readonly refusalOf?: RefusalOf;
}

export interface Stage {
  /** Of the latest dream. */
  readonly server: MessagesServer;
  dream(replies: readonly Reply[], setting?: Setting): Promise<Consolidation>;
  /** What the request says in its last turn: from the second on the results of the calls before. */
  results(request: number): readonly Block[];
}

export function stage(): Stage {
  let server: MessagesServer | null = null;
  const close = async (): Promise<void> => {
    await server?.close();
    server = null;
  };
  beforeEach(() => {
    vi.stubEnv('ANTHROPIC_API_KEY', key);
    vi.stubEnv('ANTHROPIC_BASE_URL', '');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await close();
  });
  return {
    get server() {
      return server!;
    },
    async dream(
      replies,
      { input = dreamInput(), context = dreamContext(), refusalOf = () => null, ...others } = {},
    ) {
      await close();
      server = await messagesServer(replies);
      return new AnthropicConsolidator(options(server.url, others), refusalOf).consolidate(input, context);
    },
    results: (request) => lastTurn(server!.asked[request]!),
  };
}

export const edit = {
  kind: 'resolve_contradiction',
  reason: 'Staging moved.',
  confidence: 0.9,
  changes: [{ op: 'replace', path: '/a.md', old: 'pg-old-2', new: 'pg-new-1', line: 2 }],
  evidence: [
    { type: 'event', session: 's1', event: '2', quote: 'DATABASE_HOST=pg-new-1' },
    { type: 'memory', path: '/b.md', line: 1, quote: 'The staging database is pg-old-2.' },
  ],
};

export const editOf = (path: string, old: string): Record<string, unknown> => ({
  ...edit,
  changes: [{ op: 'replace', path, old, new: 'pg-new-1', line: 1 }],
});

export const finish = say({ calls: [['finish', { remarks: [], notes: '' }]] });
export const propose = say({ calls: [['propose_edit', edit]] });
