/** Messages as they are sent to a model: `{role, content}`, one after the other. */
import type { EventBody } from '../event.js';
import { agentVoice, partsOf, systemVoice, toolResult, userVoice } from './content.js';
import { type Json, nameOf, textOf, timeOf } from './json.js';
import { eventsOf, type Format, type Part, type Position, type Reader, type ReaderState } from './reader.js';

export const messages: Format = {
  name: 'messages',
  recognises: ({ role, content }) =>
    typeof role === 'string' &&
    ['user', 'assistant', 'system', 'developer', 'tool'].includes(role) &&
    (typeof content === 'string' || Array.isArray(content)),
  namesSessions: false,
  sessionOf: (record) => nameOf(record.session_id) ?? undefined,
  reader: (state) => new MessagesReader(state),
};

class MessagesReader implements Reader {
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
    const entry = `message-${records}`;
    const parts = partsOfMessage(record);
    const previousEntry = parts.length === 0 ? previous : entry;
    this.#state = { ...this.#state, session, records: records + 1, previous: previousEntry };
    const envelope = {
      ...position,
      session,
      entry,
      parent: session === last ? previous : null,
      time: timeOf(record.timestamp) ?? timeOf(record.created_at),
      subagent: null,
      sidechain: false,
      cwd: textOf(record.cwd),
      model: textOf(record.model),
    };
    return eventsOf(envelope, parts);
  }
}

function partsOfMessage(message: Json): Part[] {
  switch (message.role) {
    case 'user':
      return partsOf(message.content, userVoice);
    case 'assistant':
      return partsOf(message.content, agentVoice);
    case 'tool':
      return [toolResult(message, message.tool_use_id ?? message.tool_call_id)];
    default:
      return partsOf(message.content, systemVoice);
  }
}
