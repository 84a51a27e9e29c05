/** Remarks for the reviewer on how a dream went. */
import type { AnthropicOptions } from './options.js';
import { maskText } from './outgoing.js';
import type { RoundEnd } from './round.js';
import type { State } from './state.js';

/** The most refusals that the reviewer is told of one by one. */
const mostRefusals = 10;

/** Null when nothing is worth a remark. */
export function remarkOf(
  end: RoundEnd | { readonly how: 'time' },
  state: Pick<State, 'round' | 'rounds'>,
  { max_tokens_total, time_limit_s }: Pick<AnthropicOptions, 'max_tokens_total' | 'time_limit_s'>,
): string | null {
  const where = state.rounds.length === 1 ? '' : ` in part ${state.round + 1} of ${state.rounds.length}`;
  const kept = 'what was proposed by then is here';
  switch (end.how) {
    case 'finished':
      return null;
    case 'tokens':
      return `The token budget of ${max_tokens_total} was used up${where}: ${kept}.`;
    case 'time':
      return `The time limit of ${time_limit_s} s was reached${where}: ${kept}.`;
    case 'idle':
      return `The model stopped${where} without saying that it was done.`;
    case 'refused':
      return `The model refused to go on${where}${end.why === null ? '' : `: ${maskText(end.why)}`}.`;
  }
}

export function refusals(refused: readonly string[]): string[] {
  const more = refused.length - mostRefusals;
  return [
    ...refused.slice(0, mostRefusals).map((each) => `Refused while it was proposed: ${each}`),
    ...(more > 0 ? [`${more} more were refused.`] : []),
  ];
}
