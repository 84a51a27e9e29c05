/** A small dream: a store of three memories, two sessions, and a context that keeps what is saved. */

import type { AnthropicOptions } from '../../../../src/dream/anthropic/options.js';
import type { DreamContext } from '../../../../src/dream/consolidator.js';
import type { DreamInput, Memory, TranscriptSession } from '../../../../src/dream/input.js';
import type { TranscriptEvent } from '../../../../src/sessions/event.js';

export const memory = (path: string, text: string): Memory => ({
  path,
  text,
  version: `memver_${path.slice(1).replace(/\W/g, '')}`,
  seq: 1,
  sha256: '0'.repeat(64),
  time: '2026-05-01T00:00:00.000Z',
  created: '2026-05-01T00:00:00.000Z',
  modified: '2026-05-01T00:00:00.000Z',
  agent: 'agent-a',
  session: 'sesn_0',
});

export const event = (
  session: string,
  n: number,
  text: string,
  body: Partial<TranscriptEvent> = {},
): TranscriptEvent => ({
  session,
  entry: `e${n}`,
  part: 0,
  parent: null,
  kind: 'user_text',
  origin: 'user',
  time: `2026-05-02T00:00:${String(n % 60).padStart(2, '0')}.000Z`,
  text,
  cut: 0,
  tool_id: null,
  tool_name: null,
  is_error: false,
  subagent: null,
  sidechain: false,
  cwd: null,
  model: null,
  line: n,
  offset: 0,
  cursor: String(n),
  file: 'a.jsonl',
  ...body,
});

export const session = (id: string, events: readonly TranscriptEvent[]): TranscriptSession => ({
  id,
  agent: 'agent-a',
  firstTime: events[0]?.time ?? null,
  lastTime: events.at(-1)?.time ?? null,
  events: () => events,
});

export function dreamInput(input: Partial<DreamInput> = {}): DreamInput {
  return {
    store: 'memstore_1',
    now: '2026-05-03T00:00:00.000Z',
    memories: [
      memory('/a.md', '# Staging\ndatabase: pg-old-2\n'),
      memory('/b.md', 'The staging database is pg-old-2.\n'),
      memory('/c.md', 'Deploys happen on Tuesdays.\n'),
    ],
    sessions: [
      session('s1', [
        event('s1', 1, 'where is staging?'),
        event('s1', 2, 'DATABASE_HOST=pg-new-1\nPORT=5432', { kind: 'tool_result', origin: 'tool_result' }),
      ]),
      session('s2', [event('s2', 1, 'yes, we moved staging to pg-new-1')]),
    ],
    reads: [],
    scopes: [],
    instructions: null,
    ...input,
  };
}

export interface TestContext extends DreamContext {
  /** All that was saved, in order, as JSON gives it back. */
  readonly states: readonly unknown[];
  readonly told: readonly string[];
  cancel(): void;
}

export function dreamContext(saved: unknown = null, onSave: (count: number) => void = () => {}): TestContext {
  const cancelling = new AbortController();
  const states: unknown[] = [];
  const told: string[] = [];
  return {
    states,
    told,
    cancel: () => cancelling.abort(),
    signal: cancelling.signal,
    progress: (done, total, what) => told.push(`${done}/${total} ${what}`),
    saved,
    save: (state) => {
      states.push(JSON.parse(JSON.stringify(state)));
      onSave(states.length);
    },
  };
}

export const options = (url: string, others: Partial<AnthropicOptions> = {}): AnthropicOptions => ({
  model: 'test-model',
  base_url: url,
  allow_upload: true,
  max_tokens_total: 1_000_000,
  time_limit_s: 600,
  retry_delay_ms: 1,
  max_retries: 2,
  ...others,
});
