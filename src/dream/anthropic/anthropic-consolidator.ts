/** Lets a model read store and transcripts through tools, and propose edits. */
import { MemfsError } from '../../core/errors.js';
import type { Consolidation, Consolidator, DreamContext } from '../consolidator.js';
import type { RefusalOf } from '../guard/judge.js';
import type { DreamInput } from '../input.js';
import { DreamRun } from './dream-run.js';
import { type AnthropicOptions, uploadEstimate } from './options.js';

export class AnthropicConsolidator implements Consolidator {
  readonly #options: AnthropicOptions;
  readonly #refusalOf: RefusalOf;

  constructor(options: AnthropicOptions, refusalOf: RefusalOf) {
    this.#options = options;
    this.#refusalOf = refusalOf;
  }

  /** Rejects with `not_permitted`, and sends nothing, without the consent of the store's owner. */
  async consolidate(input: DreamInput, context: DreamContext): Promise<Consolidation> {
    if (!this.#options.allow_upload) throw withoutConsent(input, this.#options);
    return new DreamRun(input, context, this.#options, this.#refusalOf).run();
  }
}

function withoutConsent(input: DreamInput, options: AnthropicOptions): MemfsError {
  const { destination, model, bytes, token_ceiling } = uploadEstimate(input, options);
  return new MemfsError(
    'not_permitted',
    `this dream would send up to ${bytes} bytes of memories and transcripts to ${destination} (${model}), ` +
      `for at most ${token_ceiling} tokens; nothing was sent`,
    { hint: 'allow it with --allow-upload, once for each store' },
  );
}
