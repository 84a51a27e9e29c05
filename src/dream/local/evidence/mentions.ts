/** Finds claims that mention a word or a run of words, in their text or in what they stand under. */
import { lowerWords } from '../../text/words.js';
import type { Claim } from '../claims/claim.js';

const longestRun = 4;
/** The most claims of a phrase; one of more names nothing. */
const mostClaims = 30;

export class Mentions {
  readonly #byPhrase = new Map<string, Set<Claim>>();

  constructor(claims: readonly Claim[]) {
    for (const claim of claims) {
      const labels = [...(claim.block?.headings ?? []), fileName(claim.path ?? '')];
      for (const text of [claim.text, ...labels])
        for (const phrase of phrasesOf(text)) {
          const known = this.#byPhrase.get(phrase) ?? new Set();
          this.#byPhrase.set(phrase, known.add(claim));
        }
    }
  }

  of(phrase: string): readonly Claim[] {
    const found = this.#byPhrase.get(lowerWords(phrase).join(' '));
    return found === undefined || found.size > mostClaims ? [] : [...found];
  }
}

const fileName = (path: string): string =>
  path
    .split('/')
    .at(-1)!
    .replace(/\.\w+$/, '');

function* phrasesOf(text: string): Generator<string> {
  const words = lowerWords(text);
  for (let at = 0; at < words.length; at++)
    for (let length = 1; length <= longestRun && at + length <= words.length; length++)
      yield words.slice(at, at + length).join(' ');
}
