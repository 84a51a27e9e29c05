/** Options of a dream with a model: where its texts go, how much it may use; and what would be sent. */
import { MemfsError } from '../../core/errors.js';
import type { DreamInput } from '../input.js';
import { maskText } from './outgoing.js';

export interface AnthropicOptions {
  readonly model: string;
  /** Null: $ANTHROPIC_BASE_URL, else the official endpoint, as the SDK has it. */
  readonly base_url: string | null;
  /** Whether the owner of the store agreed to what `uploadEstimate` says. */
  readonly allow_upload: boolean;
  /** The most tokens of input, cached or not, and output together. */
  readonly max_tokens_total: number;
  readonly time_limit_s: number;
  /** The most tokens, as estimated, that one request holds. Default 100,000. */
  readonly context_tokens?: number;
  /** The times that the SDK repeats a request that was turned away. Default 4. */
  readonly max_retries?: number;
  /** In ms, before a request whose answer broke off is repeated; doubled each time. Default 1,000. */
  readonly retry_delay_ms?: number;
}

const officialEndpoint = 'https://api.anthropic.com';

export function baseUrl({ base_url }: Pick<AnthropicOptions, 'base_url'>): URL {
  const { ANTHROPIC_BASE_URL: fromEnvironment } = process.env;
  const text = base_url ?? (fromEnvironment?.trim() || officialEndpoint);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new MemfsError('invalid', `'${text}' is no base URL`, {
      hint: `for example: ${officialEndpoint}; from --base-url, dream.base_url in config.json or ANTHROPIC_BASE_URL`,
    });
  return url;
}

export interface UploadEstimate {
  /** The host that the texts go to, with its port if it has one. */
  readonly destination: string;
  readonly model: string;
  /** Bytes of all memories and transcripts, masked: the most that may be sent, apart from repetitions. */
  readonly bytes: number;
  readonly token_ceiling: number;
}

/** Estimates what a dream would send; reads all transcripts. */
export function uploadEstimate(
  input: DreamInput,
  options: Pick<AnthropicOptions, 'model' | 'base_url' | 'max_tokens_total'>,
): UploadEstimate {
  let bytes = 0;
  for (const { text } of input.memories) bytes += Buffer.byteLength(maskText(text));
  for (const session of input.sessions)
    for (const { text } of session.events()) bytes += Buffer.byteLength(maskText(text));
  return {
    destination: baseUrl(options).host,
    model: options.model,
    bytes,
    token_ceiling: options.max_tokens_total,
  };
}
