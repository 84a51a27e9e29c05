/** The content of a message as the Messages API has it: a text or a list of blocks. */
import type { EventKind, EventOrigin } from '../event.js';
import { isObject, type Json, listOf, objectOf, textOf } from './json.js';
import type { Part } from './reader.js';

export interface Voice {
  readonly kind: EventKind;
  readonly origin: EventOrigin;
}

export const userVoice: Voice = { kind: 'user_text', origin: 'user' };
export const agentVoice: Voice = { kind: 'agent_text', origin: 'agent' };
export const systemVoice: Voice = { kind: 'system', origin: 'external' };

export function partsOf(content: unknown, voice: Voice): Part[] {
  if (typeof content === 'string') return [{ ...voice, text: content }];
  return listOf(content).flatMap((block) => (isObject(block) ? partOf(block, voice) : []));
}

function partOf(block: Json, voice: Voice): Part[] {
  const type = textOf(block.type) ?? '';
  if (type === 'text') return [{ ...voice, text: textOf(block.text) ?? '' }];
  if (type === 'thinking' || type === 'redacted_thinking')
    return [{ kind: 'thinking', origin: 'agent', text: textOf(block.thinking) ?? '' }];
  if (type.endsWith('tool_use')) return [toolCall(block)];
  if (type.endsWith('tool_result')) return [toolResult(block)];
  if (type === 'image' || type === 'document') return [{ ...voice, text: placeholder(block) }];
  return [];
}

/** A call, as a block or as an event of its own. */
export const toolCall = (call: Json): Part => ({
  kind: 'tool_call',
  origin: 'agent',
  text: JSON.stringify(call.input ?? {}),
  tool_id: textOf(call.id),
  tool_name: textOf(call.name),
});

export const toolResult = (result: Json, id: unknown = result.tool_use_id): Part => ({
  kind: 'tool_result',
  origin: 'tool_result',
  text: plainText(result.content),
  tool_id: textOf(id),
  is_error: result.is_error === true,
});

/** The text of it that a person would read. */
export function plainText(content: unknown): string {
  if (typeof content === 'string') return content;
  const blocks = Array.isArray(content) ? content : [content];
  return blocks
    .filter(isObject)
    .map((block) => textOf(block.text) ?? placeholder(block))
    .join('\n');
}

function placeholder(block: Json): string {
  const type = textOf(block.type);
  if (type === null) return '';
  const media = textOf(objectOf(block.source).media_type);
  return media === null ? `[${type}]` : `[${type} ${media}]`;
}
