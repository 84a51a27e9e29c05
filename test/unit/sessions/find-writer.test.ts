import { expect, it } from 'vitest';
import type { TranscriptEvent } from '../../../src/sessions/event.js';
import { findWriter } from '../../../src/sessions/find-writer.js';

const time = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

const event = (entry: string, second: number, more: Partial<TranscriptEvent>): TranscriptEvent => ({
  session: 's',
  entry,
  part: 0,
  parent: null,
  kind: 'agent_text',
  origin: 'agent',
  time: time(second),
  text: '',
  cut: 0,
  tool_id: null,
  tool_name: null,
  is_error: false,
  subagent: null,
  sidechain: false,
  cwd: null,
  model: null,
  line: 1,
  offset: 0,
  cursor: entry,
  file: '/a',
  ...more,
});
const call = (entry: string, second: number, text: string): TranscriptEvent =>
  event(entry, second, { kind: 'tool_call', text });

async function find(events: readonly TranscriptEvent[], text = 'say "hi"'): Promise<unknown> {
  async function* stream(): AsyncGenerator<TranscriptEvent> {
    yield* events;
  }
  const writer = await findWriter(stream(), { path: '/notes/a.md', text, time: time(30) });
  return writer && [writer.call.entry, writer.holds_line, ...writer.said.map(({ entry }) => entry)];
}

const line = JSON.stringify({ command: 'echo say "hi" > a.md' });

it('finds the last call that holds the line, and what was said around it', async () => {
  const events = [
    event('before', 1, { text: 'First' }),
    call('w1', 2, line),
    event('between', 3, { text: 'Second' }),
    call('w2', 4, line),
    call('reads', 5, JSON.stringify({ command: 'cat a.md' })),
    event('after', 6, { kind: 'thinking', text: 'hm' }),
    event('later', 7, { text: 'Third' }),
  ];
  expect(await find(events)).toEqual(['w2', true, 'between', 'after']);
});

it('takes a call that only names the file when there is no better one', async () => {
  expect(await find([call('edit', 1, '{"file":"/x/a.md"}'), call('other', 2, '{"file":"b.md"}')])).toEqual([
    'edit',
    false,
  ]);
  expect(await find([call('short', 1, '{"x":"a"}')], 'a')).toBeNull();
});

it('takes no call that came after the version', async () => {
  expect(await find([call('late', 40, line)])).toBeNull();
  expect(await find([call('nearly', 33, line)])).toEqual(['nearly', true]);
});
