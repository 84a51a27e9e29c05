/**
 * Finds subjects without a name: "the gateway", "production deploys". A claim of the store must begin with
 * the same noun phrase, the statement may have no other word that the claim lacks, and nothing else in the
 * store may be meant.
 */
import { type Atom, nameKey } from '../../text/atoms.js';
import { isLead } from '../../text/no-names.js';
import { contentStems, isFunctionWord, type Word, wordsOf } from '../../text/words.js';
import type { Claim } from '../claims/claim.js';
import type { ClaimModel } from '../claims/claim-model.js';
import { aligned } from './alignment.js';
import {
  isParticiple,
  longestPhrase,
  lower,
  phrasesLeading,
  standsAlone,
  verbBefore,
} from './noun-phrases.js';

export interface PlainSubject {
  readonly phrase: string;
  readonly claim: Claim;
}

export class PlainSubjects {
  readonly #model: ClaimModel;
  readonly #leading = new Map<string, { readonly claim: Claim; readonly verb: string }[]>();

  constructor(model: ClaimModel) {
    this.#model = model;
    for (const claim of model.claims.filter(isPlain))
      for (const { phrase, verb } of phrasesLeading(claim.text, isIn(model.atomsIn(claim.text))))
        this.#leading.set(phrase, [...(this.#leading.get(phrase) ?? []), { claim, verb }]);
  }

  /** Null when there is no such subject, or it is not sure which. */
  in(sentence: string): PlainSubject | null {
    const words = wordsOf(sentence);
    const found: PlainSubject[] = [];
    for (let at = 0; at < words.length; at++)
      for (let end = at + 1; end <= Math.min(words.length, at + longestPhrase); end++) {
        const phrase = lower(words.slice(at, end)).join(' ');
        for (const { claim, verb } of this.#leading.get(phrase) ?? [])
          if (standsAlone(words, at, end, verb) && this.#saysNoMore(sentence, words, at, end, claim))
            found.push({ phrase, claim });
      }
    const [longest, ...others] = found.toSorted((a, b) => b.phrase.length - a.phrase.length);
    if (longest === undefined || others.some(({ claim }) => claim !== longest.claim)) return null;
    return this.#isOnly(longest, sentence) ? longest : null;
  }

  #saysNoMore(sentence: string, words: readonly Word[], at: number, end: number, claim: Claim): boolean {
    const isValue = isIn(this.#model.atomsIn(sentence));
    const there = new Set(lower(wordsOf(claim.text)));
    const verb = verbBefore(words, at);
    return words.every(
      (word, index) =>
        (at <= index && index < end) ||
        index === verb ||
        isFunctionWord(word.text) ||
        isValue(word) ||
        isParticiple(words, index) ||
        there.has(word.text.toLowerCase()) ||
        /^(?:today|yesterday|recently|finally|fyi|btw)$/i.test(word.text) ||
        isLead(word.text),
    );
  }

  /**
   * Whether nothing else that has the words of the phrase, in it or above it, has a value that could be
   * meant.
   */
  #isOnly({ phrase, claim }: PlainSubject, sentence: string): boolean {
    const stems = contentStems(phrase);
    const values = this.#model.atomsIn(sentence);
    const meant = this.#model.claims.filter((other) => {
      const texts = [other.text, ...other.riders, ...(other.block?.headings ?? []), other.path ?? ''];
      const there = new Set(texts.flatMap(contentStems));
      return (
        stems.every((stem) => there.has(stem)) && aligned(this.#model.atomsIn(other.text), values) !== null
      );
    });
    return meant.length === 1 && meant[0] === claim;
  }
}

/** Whether a claim is about nothing that has a name. */
function isPlain({ modality, isStep, block, negated, scope, named, subject, text }: Claim): boolean {
  const holds = modality === 'stated' && !isStep && block !== null && block.kind !== 'code' && !negated;
  const isUnnamed = subject === null || (!named && nameKey(text).includes(subject));
  return holds && scope.length === 0 && isUnnamed;
}

const isIn =
  (atoms: readonly Atom[]) =>
  ({ start }: Word): boolean =>
    atoms.some((atom) => atom.start <= start && start < atom.end);
