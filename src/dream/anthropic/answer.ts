/**
 * Puts the events of one answer together. The SDK's own `MessageStream` is not used: it completes the JSON of
 * a tool call that was cut off, so that a part of an edit would pass for the whole, and ends with an error at
 * invalid JSON, where the model can be told.
 */
import type Anthropic from '@anthropic-ai/sdk';
import { MemfsError } from '../../core/errors.js';
import type { Usage } from '../consolidator.js';
import { noUsage, updated } from './usage.js';

export interface ToolCall {
  readonly type: 'tool_use';
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** A block of an answer, which is sent back as it is in the next request. */
export type AnswerBlock =
  | Anthropic.TextBlockParam
  | Anthropic.ThinkingBlockParam
  | Anthropic.RedactedThinkingBlockParam
  | ToolCall;

export interface Answer {
  readonly content: readonly AnswerBlock[];
  readonly stop_reason: Anthropic.StopReason;
  /** The reason of a refusal in the endpoint's words; null: there is none. */
  readonly refusal: string | null;
  /** Ids of the calls whose input was no JSON. */
  readonly unreadable: ReadonlySet<string>;
}

/**
 * The form in which input that is no JSON is given back (platform.claude.com, "Fine-grained tool streaming").
 */
const unreadableInput = (json: string): unknown => ({ INVALID_JSON: json });

interface Part {
  readonly block: Anthropic.ContentBlock;
  /** The input of a tool call so far. */
  json: string;
}

/**
 * Returns the whole answer. `onUsage` hears the counters of the message so far. Rejects with `unreachable`
 * when the events break off.
 */
export async function readAnswer(
  events: AsyncIterable<Anthropic.RawMessageStreamEvent>,
  onUsage: (usage: Usage) => void,
): Promise<Answer> {
  const parts: Part[] = [];
  let usage = noUsage;
  let stop: Anthropic.RawMessageDeltaEvent.Delta | null = null;
  let ended = false;
  for await (const event of events) {
    if (event.type === 'message_start') usage = updated(usage, event.message.usage);
    else if (event.type === 'content_block_start')
      parts[event.index] = { block: { ...event.content_block }, json: '' };
    else if (event.type === 'content_block_delta') extend(parts[event.index], event.delta);
    else if (event.type === 'message_delta') {
      stop = event.delta;
      usage = updated(usage, event.usage);
    } else if (event.type === 'message_stop') ended = true;
    if (event.type === 'message_start' || event.type === 'message_delta') onUsage(usage);
  }
  if (!ended || stop?.stop_reason == null)
    throw new MemfsError('unreachable', 'the answer broke off before its end');
  const unreadable = new Set<string>();
  return {
    content: parts.flatMap((part) => finished(part, unreadable)),
    stop_reason: stop.stop_reason,
    refusal: stop.stop_details?.explanation ?? stop.stop_details?.category ?? null,
    unreadable,
  };
}

function extend(part: Part | undefined, delta: Anthropic.RawContentBlockDelta): void {
  if (part === undefined) throw new MemfsError('unreachable', 'a part of the answer is missing');
  const { block } = part;
  if (delta.type === 'text_delta' && block.type === 'text') block.text += delta.text;
  else if (delta.type === 'input_json_delta') part.json += delta.partial_json;
  else if (delta.type === 'thinking_delta' && block.type === 'thinking') block.thinking += delta.thinking;
  else if (delta.type === 'signature_delta' && block.type === 'thinking') block.signature = delta.signature;
}

/** The block as a request may hold it: no empty text, nothing that only the endpoint's own tools give. */
function finished({ block, json }: Part, unreadable: Set<string>): AnswerBlock[] {
  if (block.type === 'text') return block.text.trim() === '' ? [] : [{ type: 'text', text: block.text }];
  if (block.type === 'thinking' || block.type === 'redacted_thinking') return [block];
  if (block.type !== 'tool_use') return [];
  const { id, name } = block;
  let input: unknown = block.input ?? {};
  try {
    if (json !== '') input = JSON.parse(json);
  } catch {
    input = null;
  }
  if (input === null || typeof input !== 'object' || Array.isArray(input)) {
    unreadable.add(id);
    input = unreadableInput(json);
  }
  return [{ type: 'tool_use', id, name, input }];
}
