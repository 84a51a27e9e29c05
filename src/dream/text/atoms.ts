/**
 * Finds what a sentence names or states beside plain words: links, identifiers, dates, quantities, names,
 * calendar words.
 */
import { datesIn } from './dates.js';
import { isCalendarWord } from './no-names.js';
import { quantitiesIn } from './quantities.js';

export const atomKinds = ['url', 'email', 'date', 'quantity', 'identifier', 'name', 'calendar'] as const;
export type AtomKind = (typeof atomKinds)[number];

export interface Atom {
  readonly kind: AtomKind;
  /** Equal for all spellings of the same thing. */
  readonly key: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** The dimension of a quantity; else null. */
  readonly dimension: string | null;
  /** The amount of a quantity in the base unit of its dimension; else null. */
  readonly amount: number | null;
}

const url = /\b[a-z][a-z+.-]*:\/\/[^\s<>)\]"'`]+/gi;
const email = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;
const token = /[#@$~]?[\p{L}\p{N}_/-][\p{L}\p{N}_./:@#+~-]*/gu;

/**
 * Returns atoms sorted by place, none within another. `names`: the part of a candidate that is a name; null:
 * none is.
 */
export function atomsIn(text: string, names: (candidate: Candidate) => string | null): Atom[] {
  const atoms: Atom[] = [];
  const taken = (start: number, end: number): boolean =>
    atoms.some((atom) => start < atom.end && atom.start < end);
  const add = (kind: AtomKind, key: string, start: number, end: number, more: Partial<Atom> = {}): void => {
    if (taken(start, end)) return;
    atoms.push({
      ...{ kind, key, text: text.slice(start, end), start, end, dimension: null, amount: null },
      ...more,
    });
  };
  for (const { 0: found, index } of text.matchAll(url)) {
    const trimmed = found.replace(/[.,;:!?]+$/, '');
    add('url', trimmed.toLowerCase(), index, index + trimmed.length);
  }
  for (const { 0: found, index } of text.matchAll(email))
    add('email', found.toLowerCase(), index, index + found.length);
  for (const { date, start, end } of datesIn(text)) add('date', date, start, end);
  for (const { amount, dimension, start, end } of quantitiesIn(text))
    add('quantity', `${Number(amount.toPrecision(12))} ${dimension ?? ''}`.trim(), start, end, {
      ...{ dimension, amount },
    });
  const candidates = candidatesIn(text);
  const addNames = (some: readonly Candidate[]): void => {
    for (const candidate of some) {
      const name = isCalendarWord(candidate.text, candidate.initial) ? candidate.text : names(candidate);
      if (name === null) continue;
      const start = candidate.start + candidate.text.lastIndexOf(name);
      const initial = candidate.initial && start === candidate.start;
      if (isCalendarWord(name, initial)) add('calendar', calendarKey(name), start, start + name.length);
      else add('name', nameKey(name), start, start + name.length);
    }
  };
  // What belongs to a longer name is no identifier of its own: "Delta Bulb E14".
  addNames(candidates.filter((candidate) => candidate.text.includes(' ')));
  for (const { 0: found, index } of text.matchAll(token)) {
    const trimmed = found.replace(/[.:/]+$/, '');
    if (isIdentifier(trimmed)) add('identifier', nameKey(trimmed), index, index + trimmed.length);
  }
  addNames(candidates.filter((candidate) => !candidate.text.includes(' ')));
  return atoms.sort((a, b) => a.start - b.start);
}

/**
 * Reduces spellings of a name to one: `notify-worker`, `Notify worker` and `notify_worker`. Other signs stay:
 * `#ops`, `1.2`.
 */
export const nameKey = (name: string): string =>
  name
    .toLowerCase()
    .replace(/['’]s$/, '')
    .replace(/[\s_-]+/g, ' ')
    .replace(/(?<=\p{L})\.(?=\s|$)/gu, '')
    .trim();

/** Reduces "Tuesdays" and "every Tuesday" to one. */
const calendarKey = (text: string): string => text.toLowerCase().replace(/days\b/g, 'day');

/**
 * Whether the form alone makes a word an identifier: digits among letters, a path, an option, a channel, a
 * variable, camel case, a version.
 */
export function isIdentifier(word: string): boolean {
  if (/^[\d.,:/-]+$/.test(word)) return /^\d+(?:\.\d+){2,}$/.test(word) || /^\d+(?:[/-]\d+)+$/.test(word);
  if (!/[\p{L}\p{N}]/u.test(word)) return false;
  if (/^[#@$~]/.test(word) || /^--?\p{L}/u.test(word) || /^\/\w/.test(word)) return true;
  if (/\p{L}/u.test(word) && /\p{N}/u.test(word)) return !/^\d+(?:st|nd|rd|th)$/i.test(word);
  if (word.includes('_')) return true;
  if (/\p{L}\.\p{L}{1,5}$/u.test(word) && !/^(?:\p{L}\.)+\p{L}?$/u.test(word)) return true;
  return /\p{Ll}\p{Lu}/u.test(word) || /^[\p{L}\d_.-]+(?:\/[\p{L}\d_.-]+){2,}$/u.test(word);
}

/** A possible name: a hyphenated word, or words with capitals that belong together. */
export interface Candidate {
  readonly text: string;
  readonly start: number;
  /** Whether it begins its sentence, where any word has a capital. */
  readonly initial: boolean;
  /** The words before and behind it; empty at the ends and beside punctuation. */
  readonly before: string;
  readonly behind: string;
}

const capital = String.raw`\p{Lu}[\p{L}\p{N}'’&-]*`;
const joint = String.raw`\s(?:(?:v|vs|of|de|van|von|&)\.?\s)?`;
/** "Delta Bulb 14" */
const number = String.raw`(?<=\s\S+)\s\d{1,4}(?![\p{L}\p{N}.,:%-])`;
const hyphenated = String.raw`\p{Ll}+(?:-[\p{L}\p{N}]+)+`;
const names = `${capital}(?:${joint}${capital})*(?:${number})?|${hyphenated}`;
const run = new RegExp(String.raw`(?<![\p{L}\p{N}_/.#@-])(?:${names})(?![\p{L}\p{N}_/])`, 'gu');

export function candidatesIn(text: string): Candidate[] {
  return [...text.matchAll(run)].map(({ 0: found, index: start }) => {
    const head = text.slice(0, start);
    const tail = text.slice(start + found.length);
    return {
      text: found.replace(/['’]s$/, ''),
      start,
      initial: !/[\p{L}\p{N}]/u.test(head) || /[.:;!?]\s*["'(*_`]*$/u.test(head),
      before: /([\p{L}\p{N}'’]+)\s+["'(*_`]*$/u.exec(head)?.[1] ?? '',
      behind: /^["')*_`]*\s+([\p{L}\p{N}'’]+)/u.exec(tail)?.[1] ?? '',
    };
  });
}

export const isCapitalised = (word: string): boolean => /^\p{Lu}/u.test(word);

/** Whether its form makes it a possible name, even alone: a hyphenated word or an acronym. */
export const isCompound = (word: string): boolean => /-/.test(word) || /^\p{Lu}{2,}\d*$/u.test(word);
