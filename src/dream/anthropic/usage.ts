import type Anthropic from '@anthropic-ai/sdk';
import type { Usage } from '../consolidator.js';

export const noUsage: Usage = {
  input_tokens: 0,
  output_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
};

export const sum = (a: Usage, b: Usage): Usage => ({
  input_tokens: a.input_tokens + b.input_tokens,
  output_tokens: a.output_tokens + b.output_tokens,
  cache_creation_input_tokens: a.cache_creation_input_tokens + b.cache_creation_input_tokens,
  cache_read_input_tokens: a.cache_read_input_tokens + b.cache_read_input_tokens,
});

/** Tokens of the request, wherever they were read from. */
export const inputOf = (usage: Usage): number =>
  usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens;

export const totalOf = (usage: Usage): number => inputOf(usage) + usage.output_tokens;

/**
 * Adds the counters of an event, which are totals of their message so far; those that it leaves out stand.
 */
export function updated(usage: Usage, event: Partial<Anthropic.Usage | Anthropic.MessageDeltaUsage>): Usage {
  return {
    input_tokens: event.input_tokens ?? usage.input_tokens,
    output_tokens: event.output_tokens ?? usage.output_tokens,
    cache_creation_input_tokens: event.cache_creation_input_tokens ?? usage.cache_creation_input_tokens,
    cache_read_input_tokens: event.cache_read_input_tokens ?? usage.cache_read_input_tokens,
  };
}

export const usageText = (usage: Usage): string =>
  `${inputOf(usage)} input and ${usage.output_tokens} output tokens were used`;
