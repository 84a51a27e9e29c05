/**
 * Tells which hyphenated words are names in a store: `price-feed` is one, `read-only` and `tier-two` are not.
 */
import { isDeterminer, isFunctionWord, isPreposition } from '../text/words.js';

const compound =
  /(?:([\p{L}\p{N}]+)[^\S\n]+)?(?<![\w-])(\p{Ll}+(?:-\p{Ll}+)+)(?![\w-])(?:[^\S\n]+([\p{L}\p{N}-]+))?/gu;

export class Compounds {
  /** Positive where a word stands more often as only a name can than as only another word can. */
  readonly #balance = new Map<string, number>();

  constructor(texts: Iterable<string>) {
    for (const text of texts)
      for (const [, before, word, behind] of text.matchAll(compound))
        this.#balance.set(word!, (this.#balance.get(word!) ?? 0) + standing(before, behind));
  }

  /** A word that the store tells nothing of counts as a name. */
  isName(word: string): boolean {
    return (this.#balance.get(word) ?? 0) >= 0;
  }
}

/** Evidence for a name (positive) or against it: "of price-feed is", "the tier-two queue". */
function standing(before: string | undefined, behind: string | undefined): number {
  const isClosed = behind === undefined || isFunctionWord(behind);
  if (before !== undefined && isDeterminer(before)) return isClosed ? 0 : -2;
  if (before !== undefined && (isPreposition(before) || before.toLowerCase() === 'to'))
    return isClosed ? 2 : 0;
  return before === undefined ? 1 : isClosed ? 0 : -1;
}
