/** The events of a session as the reference API lists them: `{id, type: 'user.message' | 'agent.tool_use' | …}`. */
import type { EventBody } from '../event.js';
import { agentVoice, partsOf, plainText, systemVoice, toolCall, toolResult, userVoice } from './content.js';
import { type Json, nameOf, objectOf, textOf, timeOf } from './json.js';
import { eventsOf, type Format, type Part, type Position, type Reader, type ReaderState } from './reader.js';

export const sessionEvents: Format = {
  name: 'session_events',
  recognises: ({ type }) =>
    typeof type === 'string' && /^(?:user|agent|system|session|span|workflow_run)\.[a-z_]+$/.test(type),
  namesSessions: false,
  sessionOf: (record) => nameOf(record.session_id) ?? undefined,
  reader: (state) => new SessionEventsReader(state),
};

class SessionEventsReader implements Reader {
  #state: ReaderState;

  constructor(state: ReaderState) {
    this.#state = state;
  }

  get state(): ReaderState {
    return this.#state;
  }

  read(record: Json, position: Position): EventBody[] {
    const { session: last, records, previous } = this.#state;
    const session = nameOf(record.session_id) ?? last;
    const parts = partsOfEvent(textOf(record.type) ?? '', record);
    const entry = nameOf(record.id) ?? `event-${records}`;
    this.#state = {
      ...this.#state,
      session,
      records: records + 1,
      previous: parts.length === 0 ? previous : entry,
    };
    const thread = nameOf(record.session_thread_id);
    const envelope = {
      ...position,
      session,
      entry,
      parent: session === last ? previous : null,
      time: timeOf(record.processed_at) ?? timeOf(record.created_at),
      subagent: thread,
      sidechain: thread !== null,
      cwd: null,
      model: textOf(record.model) ?? textOf(objectOf(record.model).id),
    };
    return eventsOf(envelope, parts);
  }
}

function partsOfEvent(type: string, event: Json): Part[] {
  const content = event.content;
  switch (type) {
    case 'user.message':
      return partsOf(content, userVoice);
    case 'agent.message':
    case 'agent.thread_message_sent':
    case 'agent.thread_message_received':
      return partsOf(content, agentVoice);
    case 'agent.thinking':
      return [{ kind: 'thinking', origin: 'agent', text: plainText(content) }];
    case 'agent.tool_use':
    case 'agent.mcp_tool_use':
    case 'agent.custom_tool_use':
      return [toolCall(event)];
    case 'agent.tool_result':
    case 'user.tool_result':
      return [toolResult(event)];
    case 'agent.mcp_tool_result':
      return [toolResult(event, event.mcp_tool_use_id)];
    case 'user.custom_tool_result':
      return [toolResult(event, event.custom_tool_use_id)];
    case 'agent.thread_context_compacted':
      return [{ kind: 'summary', origin: 'external', text: plainText(content) }];
    case 'system.message':
      return partsOf(content, systemVoice);
    case 'session.error':
      return [{ ...systemVoice, text: textOf(objectOf(event.error).message) ?? type }];
    default:
      return type.startsWith('user.') || type.startsWith('session.status')
        ? [{ ...systemVoice, text: [type, textOf(objectOf(event.stop_reason).type)].join(' ').trim() }]
        : [];
  }
}
