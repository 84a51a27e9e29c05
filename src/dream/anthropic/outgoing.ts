/** Masks what leaves for the endpoint: every text of a request passes `maskedRequest`, the only way to it. */
import type Anthropic from '@anthropic-ai/sdk';
import { maskSecrets } from '../../secrets/mask.js';
import { personalDataIn } from '../trust/personal-data.js';

export type Request = Anthropic.MessageCreateParamsStreaming;

/**
 * Masks secrets and personal data in a text of a memory, a transcript or a person, as a whole: with line
 * numbers in it a key is none any more. Masking twice changes nothing.
 */
export function maskText(text: string): string {
  const masked = maskSecrets(text);
  const data = personalDataIn(masked).sort((a, b) => b.text.length - a.text.length);
  return data.reduce((left, datum) => left.replaceAll(datum.text, markOf(datum.kind)), masked);
}

/** The mark of a kind of personal data: "a mail address" is `[masked:mail-address]`. */
const markOf = (kind: string): string =>
  `[masked:${kind.replace(/^an? /, '').toLowerCase().replaceAll(' ', '-')}]`;

/** Fields that the endpoint made and checks: they are sent back as they came. */
const opaque = new Set(['id', 'tool_use_id', 'signature', 'data']);
const opaqueBlocks = new Set(['thinking', 'redacted_thinking']);

/**
 * Masks secrets only: with personal data, ids and times that tools show would be taken for phone and card
 * numbers.
 */
export function maskedRequest(request: Request): Request {
  const { messages, system, tools, ...rest } = request;
  return {
    ...rest,
    messages: masked(messages) as Request['messages'],
    ...(system === undefined ? {} : { system: masked(system) as NonNullable<Request['system']> }),
    ...(tools === undefined ? {} : { tools: masked(tools) as NonNullable<Request['tools']> }),
  };
}

function masked(value: unknown): unknown {
  if (typeof value === 'string') return maskSecrets(value);
  if (Array.isArray(value)) return value.map(masked);
  if (value === null || typeof value !== 'object') return value;
  if (opaqueBlocks.has((value as { type?: unknown }).type as string)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, opaque.has(key) ? part : masked(part)]),
  );
}
