/** What leaves for the endpoint: every text of a request passes `maskedRequest`, the only way to it. */
import type Anthropic from '@anthropic-ai/sdk';
import { maskSecrets } from '../../secrets/mask.js';

export type Request = Anthropic.MessageCreateParamsStreaming;

/**
 * Texts are masked as a whole when they are read, too: with line numbers in it a key is none any more. Masking
 * twice changes nothing.
 */
export const maskText = (text: string): string => maskSecrets(text);

/** Made by the endpoint, and sent back as they came: it checks them. */
const opaque = new Set(['id', 'tool_use_id', 'signature', 'data']);
const opaqueBlocks = new Set(['thinking', 'redacted_thinking']);

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
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map(masked);
  if (value === null || typeof value !== 'object') return value;
  if (opaqueBlocks.has((value as { type?: unknown }).type as string)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, opaque.has(key) ? part : masked(part)]),
  );
}
