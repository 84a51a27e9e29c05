/** Words of English text and their stems. */
import { determiners, endings, functionWords, prepositions } from './word-tables.js';

/** A word that only holds a sentence together. */
export const isFunctionWord = (word: string): boolean =>
  functionWords.has(word.toLowerCase().replace('’', "'"));

export const isDeterminer = (word: string): boolean => determiners.has(word.toLowerCase());
export const isPreposition = (word: string): boolean => prepositions.has(word.toLowerCase());

export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The words of a text where they stand; an apostrophe is part of one. */
export const wordsOf = (text: string): Word[] =>
  [...text.matchAll(/[\p{L}\p{N}]+(?:['’]\p{L}+)*/gu)].map(({ 0: word, index }) => ({
    text: word,
    start: index,
    end: index + word.length,
  }));

/** The same words in lower case. */
export const lowerWords = (text: string): string[] =>
  wordsOf(text).map(({ text: word }) => word.toLowerCase());

/** Runs of letters and digits in lower case, whatever joins them. */
export const plainWords = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Reduces a text to its plain words, to compare it with another one. */
export const plainText = (text: string): string => plainWords(text).join(' ');

const vowel = /[aeiouy]/;

/**
 * Takes plural and the commonest endings off: first the S stemmer (Harman, "How effective is suffixing?",
 * 1991), then what makes nouns of verbs. The stem need not be a word; it need only be the same for words of
 * one family.
 */
export function stem(word: string): string {
  let root = word.toLowerCase().replace(/['’]s?$/, '');
  if (root.length > 4 && root.endsWith('ies')) root = `${root.slice(0, -3)}y`;
  else if (root.length > 3 && /[^aus]s$/.test(root)) root = root.slice(0, -1);
  for (const [ending, left] of endings)
    if (root.endsWith(ending) && root.length - ending.length >= left) {
      const without = root.slice(0, -ending.length);
      if (!vowel.test(without)) break;
      root = without;
      break;
    }
  if (root.length > 3 && /([^aeiouls])\1$/.test(root)) root = root.slice(0, -1);
  if (root.length > 3 && root.endsWith('e')) root = root.slice(0, -1);
  if (root.length > 3 && root.endsWith('y')) root = `${root.slice(0, -1)}i`;
  return root;
}

/** The stems of all words but function words and numbers, in order. */
export const contentStems = (text: string): string[] =>
  wordsOf(text)
    .filter(({ text: word }) => word.length > 1 && !isFunctionWord(word) && /\p{L}/u.test(word))
    .map(({ text: word }) => stem(word));
