/** Who proposes the edits of a dream. */
import { baseUrl, uploadEstimate } from '../../dream/anthropic/options.js';
import type { Consolidation, Consolidator, DreamContext } from '../../dream/consolidator.js';
import type { Dream } from '../../dream/dream.js';
import type { Dreams } from '../../dream/dreams.js';
import type { GuardLimits } from '../../dream/guard/budget.js';
import { guard } from '../../dream/guard/guard.js';
import type { DreamInput } from '../../dream/input.js';
import { localFinders } from '../../dream/local/finders.js';
import { LocalConsolidator } from '../../dream/local/local-consolidator.js';
import type { DreamConfig } from '../config.js';

export function consolidatorFor(
  dream: Dream,
  dreams: Dreams,
  config: DreamConfig,
  limits: GuardLimits,
): Consolidator {
  if (dream.request.engine === 'local') return new LocalConsolidator(localFinders());
  return new Asking(dream, dreams, config, limits);
}

/** Asks a model, if the owner of the store has agreed to where its texts go, now or before. */
class Asking implements Consolidator {
  readonly #dream: Dream;
  readonly #dreams: Dreams;
  readonly #config: DreamConfig;
  readonly #limits: GuardLimits;

  constructor(dream: Dream, dreams: Dreams, config: DreamConfig, limits: GuardLimits) {
    this.#dream = dream;
    this.#dreams = dreams;
    this.#config = config;
    this.#limits = limits;
  }

  async consolidate(input: DreamInput, context: DreamContext): Promise<Consolidation> {
    const { store, request } = this.#dream;
    const options = {
      model: request.model ?? this.#config.model,
      base_url: request.base_url ?? this.#config.base_url,
      max_tokens_total: this.#config.token_budget,
      time_limit_s: this.#config.time_limit_s,
    };
    const { host } = baseUrl(options);
    const allow_upload = request.allow_upload || this.#dreams.mayUpload(store, host);
    if (request.allow_upload) this.#dreams.allowUpload(store, host, this.#dream.created_at);
    // The SDK takes longer to load than most dreams without it take in all.
    const { AnthropicConsolidator } = await import('../../dream/anthropic/anthropic-consolidator.js');
    const consolidator = new AnthropicConsolidator(
      { ...options, allow_upload },
      (judged, edits) => guard(judged, edits, this.#limits).edits.at(-1)!.note,
    );
    if (!allow_upload) return consolidator.consolidate(input, context);
    const { bytes, token_ceiling } = uploadEstimate(input, options);
    const said = `up to ${bytes} bytes of texts may go to ${host} (${options.model}), for at most ${token_ceiling} tokens`;
    context.progress(0, 0, said);
    const consolidation = await consolidator.consolidate(input, context);
    return { ...consolidation, remarks: [said, ...consolidation.remarks] };
  }
}
