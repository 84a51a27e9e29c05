/**
 * Finds names that have no capital or hyphen of their own ("water meter", "Repo desk"): phrases of headings,
 * titles and file names that stand in sentences as a name does, not as a thing of many does.
 */
import { isCapitalised } from './atoms.js';
import { isDeterminer, isFunctionWord, isPreposition, lowerWords, type Word, wordsOf } from './words.js';

/** The most words of a name. */
const longest = 4;
/** The share of its occurrences with one more word from which on a phrase is a fragment of a longer one. */
const mostly = 0.8;

interface Standing {
  occurrences: number;
  /** Occurrences with a capital, wherever in the sentence. */
  upper: number;
  /** Occurrences with a capital in the middle of a sentence. */
  capital: number;
  /** The words on both sides where only a name stands: what many sentences say alike counts once. */
  name: Set<string>;
  word: number;
  /** Whether it is a label of its own. */
  whole: boolean;
  /** Occurrences with one more word that a label knows. */
  extended: number;
  extendedUpper: number;
}

/** Returns names as their words in lower case, joined with a space. */
export function labelNames(labels: Iterable<string>, sentences: Iterable<string>): string[] {
  const phrases = phrasesOf(labels);
  for (const sentence of sentences) observe(sentence, phrases);
  for (const [phrase, { occurrences, upper }] of phrases) {
    const head = phrases.get(headOf(phrase));
    if (head === undefined) continue;
    head.extended += occurrences;
    head.extendedUpper += upper;
  }
  const sure = [...phrases].filter(([, standing]) => isName(standing)).map(([phrase]) => phrase);
  const families = new Set(sure.map(headOf).filter((head) => head !== ''));
  // "Custody west" is a name if "Custody east" is one and "Custody" stands with such a word only.
  const siblings = [...phrases]
    .filter(([phrase, { occurrences }]) => occurrences > 0 && families.has(headOf(phrase)))
    .map(([phrase]) => phrase);
  return [...new Set([...sure, ...siblings])].filter(
    (phrase) => isComplete(phrase, phrases) && !isFragment(phrases.get(phrase)!, phrases.get(phrase)!),
  );
}

const headOf = (phrase: string): string => phrase.slice(0, Math.max(0, phrase.lastIndexOf(' ')));

function phrasesOf(labels: Iterable<string>): Map<string, Standing> {
  const phrases = new Map<string, Standing>();
  for (const label of labels)
    for (const piece of label.split(/[,:;()[\]|/–—]| - /)) {
      const words = lowerWords(piece);
      for (const [from, to] of spans(words.length)) {
        const some = words.slice(from, to);
        if (isFunctionWord(some[0]!) || isFunctionWord(some.at(-1)!) || /^\d/.test(some[0]!)) continue;
        const phrase = some.join(' ');
        const none = { occurrences: 0, upper: 0, capital: 0, word: 0 };
        const standing = phrases.get(phrase) ?? {
          ...none,
          name: new Set(),
          whole: false,
          extended: 0,
          extendedUpper: 0,
        };
        standing.whole ||= some.length === words.length;
        if (to === words.length && from > 0 && isPreposition(words[from - 1]!))
          standing.name.add(words.slice(0, from).join(' '));
        phrases.set(phrase, standing);
      }
    }
  return phrases;
}

function* spans(length: number): Generator<[from: number, to: number]> {
  for (let from = 0; from < length; from++)
    for (let to = from + 1; to <= Math.min(length, from + longest); to++) yield [from, to];
}

function observe(sentence: string, phrases: ReadonlyMap<string, Standing>): void {
  const words = wordsOf(sentence);
  for (const [from, to] of spans(words.length)) {
    const some = words.slice(from, to);
    const standing = phrases.get(some.map(({ text }) => text.toLowerCase()).join(' '));
    if (standing === undefined || !adjoining(sentence, some)) continue;
    standing.occurrences += 1;
    if (isCapitalised(some[0]!.text)) standing.upper += 1;
    const before =
      from > 0 && adjoining(sentence, words.slice(from - 1, from + 1)) ? words[from - 1]!.text : null;
    const behind =
      to < words.length && adjoining(sentence, words.slice(to - 1, to + 1)) ? words[to]!.text : null;
    const closed = behind === null || isFunctionWord(behind);
    if (before === null) {
      // "deck oven stops at …"
      if (from === 0 && !isCapitalised(some[0]!.text) && /[^s]s$/.test(behind ?? ''))
        standing.name.add(`^ ${behind}`);
      continue;
    }
    if (isCapitalised(some[0]!.text)) standing.capital += 1;
    else if (isDeterminer(before)) standing.word += 1;
    else if (isPreposition(before) && closed)
      standing.name.add(`${before.toLowerCase()} ${behind?.toLowerCase() ?? ''}`);
  }
}

const adjoining = (text: string, words: readonly Word[]): boolean =>
  words.every((word, at) => at === 0 || /^[\s_.-]$/.test(text.slice(words[at - 1]!.end, word.start)));

const isName = ({ occurrences, capital, name, word, whole }: Standing): boolean => {
  const standing = capital + name.size;
  return (
    occurrences >= 2 &&
    standing > word &&
    (standing >= 2 || (whole && (capital > 0 || word === 0) && standing > 0))
  );
};

/** Whether every beginning of the phrase is a fragment of it. */
function isComplete(phrase: string, phrases: ReadonlyMap<string, Standing>): boolean {
  const standing = phrases.get(phrase)!;
  for (let head = headOf(phrase); head !== ''; head = headOf(head)) {
    const shorter = phrases.get(head);
    if (shorter !== undefined && !isFragment(shorter, standing)) return false;
  }
  return true;
}

/** Whether the head hardly stands alone; of a capitalised name only capitalised occurrences count. */
const isFragment = (head: Standing, { capital }: Standing): boolean =>
  capital > 0
    ? head.upper > 0 && head.extendedUpper >= mostly * head.upper
    : head.occurrences > 0 && head.extended >= mostly * head.occurrences;
