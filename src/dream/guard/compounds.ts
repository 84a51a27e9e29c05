/** Which words with a hyphen are names in a store: `price-feed` is one, `read-only` and `tier-two` are none. */
import { isFunctionWord } from '../text/words.js';

const compound =
  /(?:([\p{L}\p{N}]+)[^\S\n]+)?(?<![\w-])(\p{Ll}+(?:-\p{Ll}+)+)(?![\w-])(?:[^\S\n]+([\p{L}\p{N}-]+))?/gu;
const determiners = new Set(
  'a an the this that these those each every any no some our your their its'.split(' '),
);
const prepositions = new Set('of in on at for from by with against about to via than per'.split(' '));

export class Compounds {
  /** Positive: it stands more often where only a name can, than where only another word can. */
  readonly #balance = new Map<string, number>();

  constructor(texts: Iterable<string>) {
    for (const text of texts)
      for (const [, before, word, behind] of text.matchAll(compound))
        this.#balance.set(word!, (this.#balance.get(word!) ?? 0) + standing(before?.toLowerCase(), behind));
  }

  /** What the store does not tell is taken for a name. */
  isName(word: string): boolean {
    return (this.#balance.get(word) ?? 0) >= 0;
  }
}

/** "the tier-two queue"; "of price-feed is" */
function standing(before: string | undefined, behind: string | undefined): number {
  const isClosed = behind === undefined || isFunctionWord(behind);
  if (before !== undefined && determiners.has(before)) return isClosed ? 0 : -2;
  if (before !== undefined && prepositions.has(before)) return isClosed ? 2 : 0;
  return before === undefined ? 1 : isClosed ? 0 : -1;
}
