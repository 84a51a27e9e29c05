/** Keeps texts as runs of four words, to tell how much of another text stands in them word for word. */

import { plainWords } from '../text/words.js';

/** The words of a run; fewer stand by chance in two texts too often. */
const length = 4;

/**
 * Keeps runs of four words as hashes, and a shorter line as a whole (w-shingling: Broder, "On the resemblance
 * and containment of documents", 1997; containment, as the other text may be longer).
 */
export class Phrases {
  readonly #runs = new Set<number>();
  readonly #lines = new Set<number>();

  add(text: string): void {
    for (const line of text.split('\n')) {
      const words = plainWords(line);
      if (words.length > 0 && words.length < length) this.#lines.add(hashOf(words));
    }
    const words = plainWords(text);
    for (let at = 0; at + length <= words.length; at++) this.#runs.add(hashOf(words.slice(at, at + length)));
  }

  /**
   * The share of a text's words, from 0 to 1, that stand here in runs of four. A shorter text counts as a
   * whole. It is 0 where a number is new, as the rest of the sentence is then said anew.
   */
  containment(text: string): number {
    const words = plainWords(text);
    if (words.length === 0) return 0;
    if (words.length < length) return this.#lines.has(hashOf(words)) ? 1 : 0;
    const found = new Set<number>();
    for (let at = 0; at + length <= words.length; at++)
      if (this.#runs.has(hashOf(words.slice(at, at + length))))
        for (let each = at; each < at + length; each++) found.add(each);
    const isNews = words.some((word, at) => /\d/.test(word) && !found.has(at));
    return isNews ? 0 : found.size / words.length;
  }
}

/** FNV-1a. */
function hashOf(words: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const word of words) {
    for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 0x20, 0x01000193);
  }
  return hash >>> 0;
}
