import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../../src/sessions/event.js';
import { EventBody as EventSchema } from '../../../src/sessions/event.js';
import { TranscriptParser } from '../../../src/sessions/transcript-parser.js';
import { hex, noise } from '../secrets/samples.js';
import { assistant, claudeLine, session } from './samples.js';

function parse(records: readonly unknown[]): { events: EventBody[]; parser: TranscriptParser } {
  const parser = new TranscriptParser(() => 'sesn_named', null, 0);
  const events = records.flatMap((record, i) => {
    const bytes = Buffer.isBuffer(record)
      ? record
      : Buffer.from(typeof record === 'string' ? record : JSON.stringify(record));
    return parser.parse({ bytes, line: i + 1, offset: i * 100, end: i * 100 + 100, complete: true });
  });
  events.push(...parser.end());
  for (const event of events) expect(EventSchema.parse(event)).toEqual(event);
  return { events, parser };
}

const brief = ({ kind, origin, text }: EventBody): string[] => [kind, origin, text];

describe('a Claude Code line', () => {
  it('gives an event for each block, with its place', () => {
    const { events } = parse([
      claudeLine('u1', null),
      claudeLine('a1', 'u1', {
        ...assistant(
          { type: 'thinking', thinking: 'hm', signature: 'x' },
          { type: 'text', text: 'I look.' },
          { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'ls' } },
        ),
      }),
      claudeLine('u2', 'a1', {
        message: {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'toolu_1',
              is_error: true,
              content: [
                { type: 'text', text: 'no such file' },
                { type: 'image', source: { media_type: 'image/png' } },
              ],
            },
          ],
        },
      }),
    ]);
    expect(events.map(brief)).toEqual([
      ['user_text', 'user', 'text of u1'],
      ['thinking', 'agent', 'hm'],
      ['agent_text', 'agent', 'I look.'],
      ['tool_call', 'agent', '{"command":"ls"}'],
      ['tool_result', 'tool_result', 'no such file\n[image image/png]'],
    ]);
    expect(events[3]).toMatchObject({
      session,
      entry: 'a1',
      part: 2,
      parent: 'u1',
      tool_id: 'toolu_1',
      tool_name: 'Bash',
      model: 'claude-sonnet-4-5',
      cwd: '/srv/ops',
      line: 2,
      offset: 100,
    });
    expect(events[4]).toMatchObject({ tool_id: 'toolu_1', is_error: true });
  });

  it.each([
    [
      'a compaction',
      { type: 'system', subtype: 'compact_boundary', content: 'Compacted' },
      'summary',
      'external',
    ],
    ['its summary', { isCompactSummary: true, message: { content: 'So far' } }, 'summary', 'agent'],
    ['a reminder', { isMeta: true, message: { content: 'Caveat' } }, 'system', 'external'],
    ['a command', { message: { content: '<command-name>/clear</command-name>' } }, 'system', 'external'],
    [
      'an error of the API',
      { ...assistant({ type: 'text', text: '529' }), isApiErrorMessage: true },
      'system',
      'external',
    ],
    ['a prompt to a subagent', { isSidechain: true, agentId: 'a7' }, 'user_text', 'agent'],
    [
      'a queued prompt',
      { type: 'attachment', attachment: { type: 'queued_command', prompt: 'stop' } },
      'user_text',
      'user',
    ],
    [
      'an attachment',
      { type: 'attachment', attachment: { type: 'file', content: 'x' } },
      'system',
      'external',
    ],
    ['an unknown type', { type: 'progress', message: undefined }, 'system', 'external'],
  ])('that is %s', (_, more, kind, origin) => {
    const { events } = parse([claudeLine('u1', null), claudeLine('x', 'u1', more)]);
    expect(events[1]).toMatchObject({ kind, origin, entry: 'x', parent: 'u1' });
  });

  it('keeps the chain over a compaction', () => {
    const { events } = parse([
      claudeLine('s', null, { type: 'system', subtype: 'compact_boundary', logicalParentUuid: 'u1' }),
    ]);
    expect(events[0]).toMatchObject({ parent: 'u1' });
  });

  it('without a session waits for one that has it', () => {
    const { events } = parse([
      { type: 'summary', summary: 'Earlier', leafUuid: 'u1' },
      { type: 'file-history-snapshot', messageId: 'm', snapshot: {} },
      claudeLine('u1', null),
    ]);
    expect(events.map((event) => [event.session, event.kind])).toEqual([
      [session, 'summary'],
      [session, 'user_text'],
    ]);
  });

  it('may lack everything', () => {
    const strange = { uuid: 'x', sessionId: session, type: 'user' };
    const { events, parser } = parse([
      { ...strange, message: null, timestamp: 'soon', cwd: 7, parentUuid: {} },
      { ...strange, uuid: 'y', message: { content: [null, 7, { type: 'text' }, { type: 'new' }] } },
      { type: 'queue-operation', sessionId: session },
    ]);
    expect(events.map(({ entry, kind, time }) => [entry, kind, time])).toEqual([
      ['x', 'system', null],
      ['y', 'user_text', null],
    ]);
    expect(parser.skipped).toBe(0);
  });
});

it('reads session events of the API', () => {
  const { events, parser } = parse([
    { id: 'e0', type: 'session.status_running', processed_at: '2026-05-26T02:00:00Z' },
    { id: 'e1', type: 'user.message', content: [{ type: 'text', text: 'Hello' }], processed_at: null },
    { id: 'e2', type: 'agent.thinking' },
    { id: 'e3', type: 'span.model_request_start' },
    { id: 'e4', type: 'agent.tool_use', name: 'bash', input: { command: 'ls' } },
    {
      id: 'e5',
      type: 'agent.tool_result',
      tool_use_id: 'e4',
      content: [{ type: 'text', text: 'a' }],
      is_error: false,
    },
    { id: 'e6', type: 'agent.mcp_tool_result', mcp_tool_use_id: 'e9', is_error: true },
    { id: 'e7', type: 'session.status_idle', stop_reason: { type: 'end_turn' } },
  ]);
  expect(parser.state?.format).toBe('session_events');
  expect(events.map(brief)).toEqual([
    ['system', 'external', 'session.status_running'],
    ['user_text', 'user', 'Hello'],
    ['thinking', 'agent', ''],
    ['tool_call', 'agent', '{"command":"ls"}'],
    ['tool_result', 'tool_result', 'a'],
    ['tool_result', 'tool_result', ''],
    ['system', 'external', 'session.status_idle end_turn'],
  ]);
  expect(events.map(({ parent }) => parent)).toEqual([null, 'e0', 'e1', 'e2', 'e4', 'e5', 'e6']);
  expect(events[3]!.tool_id).toBe(events[4]!.tool_id);
});

it('reads messages, as lines and in one document', () => {
  const list = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: [{ type: 'text', text: 'Hi' }] },
    { role: 'tool', tool_call_id: 'c1', content: 'done' },
  ];
  const expected = [
    ['system', 'external', 'Be brief.'],
    ['user_text', 'user', 'Hello'],
    ['agent_text', 'agent', 'Hi'],
    ['tool_result', 'tool_result', 'done'],
  ];
  expect(parse(list).events.map(brief)).toEqual(expected);
  const { events } = parse([{ model: 'm', messages: list }]);
  expect(events.map(brief)).toEqual(expected);
  expect(events.map(({ session: id, parent }) => [id, parent])).toEqual(
    [null, 'message-0', 'message-1', 'message-2'].map((parent) => ['sesn_named', parent]),
  );
});

describe('hostile lines', () => {
  it('are counted, and nothing else suffers', () => {
    const { events, parser } = parse([
      claudeLine('u1', null),
      '{"type":"user","uuid"',
      Buffer.alloc(300),
      'null',
      '[1]',
      Buffer.from([0xff, 0xfe, 0x7b]),
      `{"type":"assistant","sessionId":"${session}","uuid":"deep","message":{"content":[{"type":"tool_use","input":${'['.repeat(100_000)}${']'.repeat(100_000)}}]}}`,
      claudeLine('u2', 'u1', { message: { content: 'a\u0000b \ud800' } }),
    ]);
    expect(events.map(({ entry }) => entry)).toEqual(['u1', 'u2']);
    expect(parser.skipped).toBe(6);
  });

  it('with broken UTF-8 in a string keep what can be read', () => {
    const line = Buffer.from(JSON.stringify(claudeLine('u1', null, { message: { content: 'caf?' } })));
    line[line.indexOf('?')] = 0xe9;
    expect(parse([line]).events[0]!.text).toBe('caf\ufffd');
  });

  it('with endless names do not become keys', () => {
    const { events } = parse([claudeLine('u1', null), claudeLine('x'.repeat(5000), 'u1')]);
    expect(events).toHaveLength(1);
  });

  it('with endless texts are cut, after secrets were masked', () => {
    const token = `ghp_${noise(36)}`;
    const text = `${'x '.repeat(131_062)}${token}${hex(100_000)}`;
    const [event] = parse([claudeLine('u1', null, { message: { content: text } })]).events;
    expect(event!.text).toHaveLength(256 * 1024);
    expect(event!.cut).toBeGreaterThan(90_000);
    expect(event!.text).not.toContain('ghp_');
  });

  it('of an unknown kind are no transcript', () => {
    const { events, parser } = parse([{ level: 'info', msg: 'started' }, { id: 1 }]);
    expect([events, parser.state, parser.skipped]).toEqual([[], null, 0]);
  });
});

it('masks secrets in texts, inputs and results', () => {
  const secret = `ghp_${noise(36)}`;
  const { events } = parse([
    claudeLine('u1', null, { message: { content: `use ${secret}` } }),
    claudeLine(
      'a1',
      'u1',
      assistant({ type: 'tool_use', id: 't', name: 'Bash', input: { command: `x ${secret}` } }),
    ),
    claudeLine('u2', 'a1', {
      message: { content: [{ type: 'tool_result', tool_use_id: 't', content: secret }] },
    }),
  ]);
  expect(events.map(({ text }) => text)).toEqual([
    'use [masked:github-token]',
    '{"command":"x [masked:github-token]"}',
    '[masked:github-token]',
  ]);
});
