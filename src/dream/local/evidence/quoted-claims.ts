/** Finds the claim that somebody repeats word for word, or nearly so. */
import { lowerWords } from '../../text/words.js';
import type { Claim } from '../claims/claim.js';

const runLength = 3;
/** The share of the claim's words that must be there. */
const enough = 0.8;

export class QuotedClaims {
  readonly #byRun = new Map<string, Claim[]>();

  constructor(claims: readonly Claim[]) {
    for (const claim of claims)
      for (const run of new Set(runsOf(claim.text))) {
        const known = this.#byRun.get(run);
        if (known === undefined) this.#byRun.set(run, [claim]);
        else known.push(claim);
      }
  }

  in(sentence: string): Claim | null {
    const said = new Set(lowerWords(sentence));
    const seen = new Set<Claim>();
    let best: Claim | null = null;
    let most = 0;
    for (const run of runsOf(sentence))
      for (const claim of this.#byRun.get(run) ?? []) {
        if (seen.has(claim)) continue;
        seen.add(claim);
        const words = lowerWords(claim.text);
        const there = words.filter((word) => said.has(word)).length;
        if (there < words.length * enough || there <= most) continue;
        if (!claim.values.every(({ text }) => lowerWords(text).every((word) => said.has(word)))) continue;
        [best, most] = [claim, there];
      }
    return best;
  }
}

function runsOf(text: string): string[] {
  const words = lowerWords(text);
  if (words.length <= runLength) return words.length < 2 ? [] : [words.join(' ')];
  return words
    .slice(0, words.length - runLength + 1)
    .map((_, at) => words.slice(at, at + runLength).join(' '));
}
