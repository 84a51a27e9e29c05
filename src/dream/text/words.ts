/** Words of English text: which only hold a sentence together, and what is left of the others without endings. */

/** Closed classes: articles, pronouns, prepositions, conjunctions, auxiliaries, words for time order and degree. */
const functionWords = new Set(
  `a an the this that these those it its itself he she they them their theirs we us our ours you your i my me his her
  who whom whose which what when where why how there here
  of to in on at for from by with without into onto upon over under above below between among through during against
  about around after before since until till up down out off within beyond per via as than towards toward across along
  beside besides despite except
  and or but nor so yet if then else because though although while whereas unless whether
  is are was were be been being am has have had having do does did doing will would shall should can could may might
  must ought need needs
  not no never neither none nothing nobody cannot don't doesn't didn't isn't aren't wasn't weren't won't can't couldn't
  shouldn't wouldn't hasn't haven't hadn't mustn't
  all any both each every either some such same other another own few more most much many less least several
  only just also too very even still already again once ever always often usually now currently today
  one ones etc eg ie vs`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

export const isFunctionWord = (word: string): boolean =>
  functionWords.has(word.toLowerCase().replace('’', "'"));

const determiners = new Set(
  'a an the this that these those each every any no some our your their its'.split(' '),
);
/** Without "to", which stands before verbs as well. */
const prepositions = new Set('of in on at for from by with against about via than per'.split(' '));

export const isDeterminer = (word: string): boolean => determiners.has(word.toLowerCase());
export const isPreposition = (word: string): boolean => prepositions.has(word.toLowerCase());

export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export const wordsOf = (text: string): Word[] =>
  [...text.matchAll(/[\p{L}\p{N}]+(?:['’]\p{L}+)*/gu)].map(({ 0: word, index }) => ({
    text: word,
    start: index,
    end: index + word.length,
  }));

const vowel = /[aeiouy]/;

/**
 * Takes plural and the commonest endings off: first the S stemmer (Harman, "How effective is suffixing?", 1991),
 * then what makes nouns of verbs. It need not be a word; it need only be the same for words of one family.
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

/** Each with how many letters must be left. The first that fits is taken off. */
const endings: readonly (readonly [string, number])[] = [
  ['ations', 4],
  ['ation', 4],
  ['ements', 4],
  ['ement', 4],
  ['ments', 4],
  ['ment', 4],
  ['ions', 4],
  ['ion', 4],
  ['ing', 3],
  ['ers', 3],
  ['er', 4],
  ['ed', 3],
  ['ly', 4],
];

/** The stems of what a text is about, in order. */
export const contentStems = (text: string): string[] =>
  wordsOf(text)
    .filter(({ text: word }) => word.length > 1 && !isFunctionWord(word) && /\p{L}/u.test(word))
    .map(({ text: word }) => stem(word));
