/** Takes the old value out of a sentence that has the new one too: "V2, not V1", "V2 instead of V1". */

import type { Atom } from '../../text/atoms.js';
import { cues } from '../../text/cues.js';
import { isFunctionWord, wordsOf } from '../../text/words.js';
import { aligned } from './alignment.js';

export interface Contrast {
  /** The sentence without the old value. */
  readonly now: string;
  readonly old: readonly Atom[];
}

const contrast = cues(
  String.raw`
    ^(?<now>.+?)(?:
      \s*(?:[,;(]|\s[-–—])\s*(?:and\s+)?(?:not|no longer|instead of|rather than)
      \s+(?:instead of|rather than)
    )\s+(?<old>[^,;()]{1,40}?)\)?(?<end>[.!]?)$
  `,
  'iu',
);

/**
 * Returns the sentence without the old value, and that value. It must be of the same kind as the new one, and
 * be said of nothing else.
 */
export function contrastIn(sentence: string, atomsIn: (text: string) => readonly Atom[]): Contrast {
  const { now, old, end } = contrast.exec(sentence)?.groups ?? {};
  if (now === undefined) return { now: sentence, old: [] };
  const [stated, former] = [atomsIn(now), atomsIn(old!)];
  const alignment = aligned(former, stated);
  const known = new Set(wordsOf(now).map(({ text }) => text.toLowerCase()));
  const rest = former.reduce((left, { text }) => left.replace(text, ' '), old!);
  const isOnlyValue = wordsOf(rest).every(
    ({ text }) => isFunctionWord(text) || known.has(text.toLowerCase()),
  );
  return alignment !== null && !alignment.equal && alignment.replaced.length === former.length && isOnlyValue
    ? { now: `${now}${end}`, old: former }
    : { now: sentence, old: [] };
}
