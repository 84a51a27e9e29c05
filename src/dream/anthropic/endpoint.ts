/** Asks the endpoint of the model: one request, one whole answer. */

import { setTimeout as delay } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import type { Usage } from '../consolidator.js';
import { type Answer, readAnswer } from './answer.js';
import { asEndpointError, type Destination, isPassing, notTheMessagesApi } from './api-errors.js';
import { type AnthropicOptions, baseUrl } from './options.js';
import { maskedRequest, type Request } from './outgoing.js';
import { noUsage } from './usage.js';

/** The times that an answer that breaks off is asked for again. */
const repetitions = 3;

const silent = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

export class Endpoint {
  readonly #client: Anthropic;
  readonly #to: Destination;
  readonly #delay: number;

  constructor(options: AnthropicOptions) {
    const url = baseUrl(options);
    this.#to = { host: url.host, model: options.model };
    this.#delay = options.retry_delay_ms ?? 1_000;
    // Its log and its traces would hold texts of the dream ($ANTHROPIC_LOG, OpenTelemetry), whoever asks for them.
    this.#client = new Anthropic({
      baseURL: url.href.replace(/\/$/, ''),
      maxRetries: options.max_retries ?? 4,
      logger: silent,
      logLevel: 'off',
      openTelemetry: false,
    });
  }

  /**
   * Returns a whole answer. The SDK repeats requests that are turned away (429, 529, …), answers that break
   * off are repeated here. `onUsage` hears what each attempt cost, whole or not. Rejects with a `MemfsError`,
   * or with the reason of the signal.
   */
  async ask(request: Request, signal: AbortSignal, onUsage: (usage: Usage) => void): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(request, signal, onUsage);
      } catch (error) {
        signal.throwIfAborted();
        if (attempt > repetitions || !this.#hasBegun || !isPassing(error))
          throw asEndpointError(error, this.#to);
      }
      await delay(this.#delay * 2 ** (attempt - 1), undefined, { signal });
    }
  }

  /** Whether the last attempt got an answer, whole or not: the SDK repeats only what came before it. */
  #hasBegun = false;

  async #attempt(request: Request, signal: AbortSignal, onUsage: (usage: Usage) => void): Promise<Answer> {
    this.#hasBegun = false;
    let usage = noUsage;
    try {
      const { data, response } = await this.#client.messages
        .create(maskedRequest(request), { signal })
        .withResponse();
      if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
        await response.body?.cancel();
        throw notTheMessagesApi(this.#to);
      }
      this.#hasBegun = true;
      return await readAnswer(data, (counted) => {
        usage = counted;
      });
    } finally {
      onUsage(usage);
    }
  }
}
