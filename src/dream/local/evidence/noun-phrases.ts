/**
 * Finds plain noun phrases in a sentence, "the gateway", "production deploys", by closed classes and number
 * alone.
 */
import { isFunctionWord, type Word, wordsOf } from '../../text/words.js';

export interface LeadingPhrase {
  readonly phrase: string;
  /** The word behind, which says something of it. */
  readonly verb: string;
}

/** The most words of a phrase. */
export const longestPhrase = 4;

const auxiliary = new Set('is are was were has have'.split(' '));
const isPlural = (word: string): boolean => /[^s]s$/.test(word);

/**
 * The phrases that a sentence may begin with. A verb agrees with its noun: "the gateway listens", "deploys
 * happen"; of two nouns one is often like that too.
 */
export function phrasesLeading(sentence: string, isValue: (word: Word) => boolean): LeadingPhrase[] {
  const words = wordsOf(sentence);
  const from = /^(?:the|our)$/i.test(words[0]?.text ?? '') ? 1 : 0;
  const found: LeadingPhrase[] = [];
  for (let to = from + 1; to <= Math.min(from + longestPhrase, words.length - 1); to++) {
    const head = words[to - 1]!;
    if (isFunctionWord(head.text) || isValue(head) || !adjoin(sentence, words.slice(from, to + 1))) break;
    const verb = words[to]!.text.toLowerCase();
    const agrees = !isFunctionWord(verb) && isPlural(head.text) !== isPlural(verb) && !isValue(words[to]!);
    const next = words[to + 1]?.text.toLowerCase() ?? '';
    if (auxiliary.has(verb) || (agrees && !auxiliary.has(next)))
      found.push({ phrase: lower(words.slice(from, to)).join(' '), verb });
  }
  return found;
}

const mayFollow = new Set([...auxiliary, 'now', 'to', 'from']);

/**
 * Whether nothing before it or behind it makes it the name of something else: "our gateway has", not "a
 * gateway proxy".
 */
export function standsAlone(words: readonly Word[], at: number, end: number, verb: string): boolean {
  const behind = words[end]?.text.toLowerCase();
  const opens = at === 0 || /^(?:the|our)$/i.test(words[at - 1]!.text) || verbBefore(words, at) !== null;
  return opens && (behind === verb || behind === undefined || mayFollow.has(behind));
}

/** The index of the verb before a phrase, "We have just moved production deploys"; null: there is none. */
export function verbBefore(words: readonly Word[], at: number): number | null {
  const before = lower(words.slice(0, at));
  if (/^(?:the|our)$/.test(before.at(-1) ?? '')) before.pop();
  const verb = before.pop();
  while (/^(?:have|ve|just|now|already|recently|finally)$/.test(before.at(-1) ?? '')) before.pop();
  const who = before.at(-1) ?? '';
  const isVerb = verb !== undefined && !isFunctionWord(verb);
  return isVerb && /^(?:we|i|they|he|she)(?:'ve)?$/.test(who)
    ? lower(words.slice(0, at)).lastIndexOf(verb)
    : null;
}

/** Whether a word says that something changed, not what: "has moved", "is now set". */
export const isParticiple = (words: readonly Word[], at: number): boolean =>
  (/ed$/.test(words[at]!.text) || words[at]!.text === 'set') &&
  /^(?:is|are|was|were|has|have|been|now|just|recently)$/i.test(words[at - 1]?.text ?? '');

export const lower = (words: readonly Word[]): string[] => words.map(({ text }) => text.toLowerCase());

const adjoin = (text: string, words: readonly Word[]): boolean =>
  words.every((word, at) => at === 0 || text.slice(words[at - 1]!.end, word.start) === ' ');
