/** What a dream is made from, in a few words. */
import type { DreamInput, Memory, ReadVersion, TranscriptSession } from '../../../src/dream/input.js';
import type { EventKind, EventOrigin, TranscriptEvent } from '../../../src/sessions/event.js';

export type EventOf = Partial<TranscriptEvent> & { readonly text: string };

const origins: Readonly<Record<EventKind, EventOrigin>> = {
  ...{ user_text: 'user', agent_text: 'agent', thinking: 'agent', tool_call: 'agent' },
  ...{ tool_result: 'tool_result', summary: 'external', system: 'external' },
};

export const user = (text: string): EventOf => ({ kind: 'user_text', text });
export const agent = (text: string): EventOf => ({ kind: 'agent_text', text });

/** A call of a tool and its result. */
export const tool = (
  name: string,
  input: object,
  text: string,
  rest: Partial<TranscriptEvent> = {},
): EventOf[] => {
  const id = `${name} ${JSON.stringify(input)} ${text}`;
  return [
    { kind: 'tool_call', tool_id: id, tool_name: name, text: JSON.stringify(input) },
    { kind: 'tool_result', tool_id: id, tool_name: null, text, ...rest },
  ];
};
export const bash = (command: string, text: string, rest: Partial<TranscriptEvent> = {}): EventOf[] =>
  tool('Bash', { command }, text, rest);

/** `cursor` counts from 1; an event is a minute after the one before. */
export function session(id: string, start: string, ...events: (EventOf | EventOf[])[]): TranscriptSession {
  const all = events.flat().map((event, at): TranscriptEvent => {
    const kind = event.kind ?? 'user_text';
    const time = new Date(Date.parse(start) + at * 60_000).toISOString();
    return {
      ...{ session: id, entry: `entry-${at}`, part: 0, parent: at === 0 ? null : `entry-${at - 1}`, kind },
      ...{ origin: origins[kind], time, cut: 0, tool_id: null, tool_name: null, is_error: false },
      ...{ subagent: null, sidechain: false, cwd: null, model: null, line: at + 1, offset: 0 },
      ...{ cursor: String(at + 1), file: `${id}.jsonl` },
      ...event,
    };
  });
  const times = all.map(({ time }) => time!);
  return {
    id,
    agent: null,
    firstTime: times[0] ?? null,
    lastTime: times.at(-1) ?? null,
    events: () => all,
  };
}

export function memory(path: string, text: string, time = '2026-01-05T10:00:00.000Z'): Memory {
  return {
    ...{ path, text, version: `memver_${path.replace(/\W/g, '')}`, seq: 1, sha256: '' },
    ...{ time, created: time, modified: time, agent: 'writer', session: 'sesn_writer' },
  };
}

export function inputOf(parts: {
  memories?: Memory[];
  sessions?: TranscriptSession[];
  reads?: ReadVersion[];
  scopes?: DreamInput['scopes'];
}): DreamInput {
  return {
    store: 'memstore_this',
    now: '2026-06-20T12:00:00.000Z',
    memories: parts.memories ?? [],
    sessions: parts.sessions ?? [],
    reads: parts.reads ?? [],
    scopes: parts.scopes ?? [],
    instructions: null,
  };
}
