/** Chooses the consolidator of a dream. */
import { baseUrl, uploadEstimate } from './anthropic/options.js';
import type { Consolidation, Consolidator, DreamContext } from './consolidator.js';
import type { Dream } from './dream.js';
import type { GuardLimits } from './guard/budget.js';
import { refusalWithin } from './guard/judge.js';
import type { DreamInput } from './input.js';
import type { Dreams } from './kept/dreams.js';
import { localFinders } from './local/finders.js';
import { LocalConsolidator } from './local/local-consolidator.js';

/** The configuration for models; a dream's request goes first. */
export interface ModelSettings {
  readonly model: string;
  readonly base_url: string | null;
  /** The most tokens that one dream may use, of input (cached or not) and output together. */
  readonly token_budget: number;
  readonly time_limit_s: number;
}

export function consolidatorFor(
  dream: Dream,
  dreams: Dreams,
  settings: ModelSettings,
  limits: GuardLimits,
): Consolidator {
  if (dream.request.engine === 'local') return new LocalConsolidator(localFinders());
  return new ConsentedConsolidator(dream, dreams, settings, limits);
}

/** Asks a model, if the owner of the store has agreed to where its texts go, now or before. */
class ConsentedConsolidator implements Consolidator {
  readonly #dream: Dream;
  readonly #dreams: Dreams;
  readonly #settings: ModelSettings;
  readonly #limits: GuardLimits;

  constructor(dream: Dream, dreams: Dreams, settings: ModelSettings, limits: GuardLimits) {
    this.#dream = dream;
    this.#dreams = dreams;
    this.#settings = settings;
    this.#limits = limits;
  }

  async consolidate(input: DreamInput, context: DreamContext): Promise<Consolidation> {
    const { store, request } = this.#dream;
    const { uploads } = this.#dreams;
    const options = {
      model: request.model ?? this.#settings.model,
      base_url: request.base_url ?? this.#settings.base_url,
      max_tokens_total: this.#settings.token_budget,
      time_limit_s: this.#settings.time_limit_s,
    };
    const { host } = baseUrl(options);
    const allow_upload = request.allow_upload || uploads.isAllowed(store, host);
    if (request.allow_upload) uploads.allow(store, host, this.#dream.created_at);
    // The SDK takes longer to load than most dreams without it take in all.
    const { AnthropicConsolidator } = await import('./anthropic/anthropic-consolidator.js');
    const consolidator = new AnthropicConsolidator({ ...options, allow_upload }, refusalWithin(this.#limits));
    if (!allow_upload) return consolidator.consolidate(input, context);
    const { bytes, token_ceiling } = uploadEstimate(input, options);
    const said = `up to ${bytes} bytes of texts may go to ${host} (${options.model}), for at most ${token_ceiling} tokens`;
    context.progress(0, 0, said);
    const consolidation = await consolidator.consolidate(input, context);
    return { ...consolidation, remarks: [said, ...consolidation.remarks] };
  }
}
