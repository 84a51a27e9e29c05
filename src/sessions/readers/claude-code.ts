/**
 * Claude Code's session files: one JSON object a line. The format is its own affair and changes between versions, so
 * nothing is expected but `type`, and a line of an unknown type only keeps its place in the chain of `parentUuid`.
 */
import { createHash } from 'node:crypto';
import type { EventBody } from '../event.js';
import { agentVoice, partsOf, plainText, systemVoice, userVoice, type Voice } from './content.js';
import { type Json, nameOf, objectOf, textOf, timeOf } from './json.js';
import { eventsOf, type Format, type Part, type Position, type Reader, type ReaderState } from './reader.js';

/** Texts that the program puts in the user's mouth: commands, their output, reminders. */
const programText =
  /^\s*<(?:command-[a-z]+|local-command-[a-z]+|bash-[a-z]+|system-reminder|task-notification)>/;

export const claudeCode: Format = {
  name: 'claude_code',
  recognises: (record) =>
    typeof record.type === 'string' &&
    ((nameOf(record.uuid) !== null && nameOf(record.sessionId) !== null) ||
      (record.type === 'summary' && 'leafUuid' in record) ||
      (record.type === 'file-history-snapshot' && 'snapshot' in record)),
  namesSessions: true,
  sessionOf: (record) => nameOf(record.sessionId) ?? undefined,
  reader: (state) => new ClaudeCodeReader(state),
};

class ClaudeCodeReader implements Reader {
  #state: ReaderState;

  constructor(state: ReaderState) {
    this.#state = state;
  }

  get state(): ReaderState {
    return this.#state;
  }

  read(record: Json, position: Position): EventBody[] {
    const session = nameOf(record.sessionId) ?? this.#state.session;
    this.#state = { ...this.#state, session, records: this.#state.records + 1 };
    const entry = nameOf(record.uuid) ?? entryOfSummary(record);
    if (entry === null) return [];
    const parent = record.parentUuid ?? record.logicalParentUuid ?? record.leafUuid;
    const subagent = nameOf(record.agentId);
    const message = objectOf(record.message);
    const envelope = {
      ...position,
      session,
      entry,
      parent: nameOf(parent),
      time: timeOf(record.timestamp),
      subagent,
      sidechain: record.isSidechain === true,
      cwd: textOf(record.cwd),
      model: textOf(message.model),
    };
    const parts = partsOfLine(record, message);
    return eventsOf(envelope, parts.length === 0 ? [{ ...systemVoice, text: '' }] : parts);
  }
}

/** A summary has no name of its own. */
const entryOfSummary = (record: Json): string | null =>
  record.type === 'summary'
    ? `summary-${createHash('sha256').update(JSON.stringify(record)).digest('hex').slice(0, 32)}`
    : null;

function partsOfLine(record: Json, message: Json): Part[] {
  switch (record.type) {
    case 'user':
      return partsOf(message.content, voiceOfUser(record, message));
    case 'assistant':
      return partsOf(message.content, record.isApiErrorMessage === true ? systemVoice : agentVoice);
    case 'summary':
      return [{ kind: 'summary', origin: 'agent', text: textOf(record.summary) ?? '' }];
    case 'system':
      return [
        {
          kind: record.subtype === 'compact_boundary' ? 'summary' : 'system',
          origin: 'external',
          text: plainText(record.content),
        },
      ];
    case 'attachment':
      return partsOfAttachment(objectOf(record.attachment));
    default:
      return [];
  }
}

function voiceOfUser(record: Json, message: Json): Voice {
  if (record.isCompactSummary === true) return { kind: 'summary', origin: 'agent' };
  if (record.isMeta === true) return systemVoice;
  if (programText.test(plainText(message.content))) return systemVoice;
  // On a sidechain it is the agent that asks.
  return record.isSidechain === true ? { kind: 'user_text', origin: 'agent' } : userVoice;
}

/** Text that the user typed while the agent was at work, or that was put beside a prompt. */
const partsOfAttachment = (attachment: Json): Part[] =>
  attachment.type === 'queued_command'
    ? partsOf(attachment.prompt, userVoice)
    : [{ ...systemVoice, text: plainText(attachment.content) }];
