/** Finds facts, which no other wording can replace: numbers, dates, addresses, identifiers, names. */
import { datesIn } from './dates.js';
import { environments } from './environments.js';
import { isCount, type Quantity, quantitiesIn } from './quantities.js';
import { wordTable } from './word-tables.js';
import { isFunctionWord } from './words.js';

export const factKinds = [
  'url',
  'mail',
  'path',
  /** Several words between backquotes. */
  'code',
  'date',
  'quantity',
  'identifier',
  /** Production, staging, …: what the text says holds there only. */
  'environment',
  'name',
] as const;
export type FactKind = (typeof factKinds)[number];

export interface Fact {
  readonly kind: FactKind;
  /** Equal for equal facts of one kind, but see `sameFact` for quantities. */
  readonly value: string;
  /** The words of the text. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly quantity: Quantity | null;
}

/** A fact wherever it stands. */
export type Said = Omit<Fact, 'start' | 'end'>;

interface Form {
  readonly kind: FactKind;
  readonly pattern: RegExp;
  readonly accepts?: (text: string) => boolean;
  readonly value?: (text: string) => string;
}

const lower = (text: string): string => text.toLowerCase();
/** Whether a hyphenated word is a plain word of English: "read-only", "follow-up", "up-to-date". */
const isPlainCompound = (text: string): boolean =>
  text.split('-').some((part) => part.length < 3 || isFunctionWord(part) || plainParts.has(part));
const plainParts = wordTable(`
  non pre post re self multi semi long short hard soft read write built based only time ready specific
  wide level first second third last free safe call letter hand well high low half full
`);

/** In the order in which they may take characters. */
const forms: readonly Form[] = [
  {
    kind: 'url',
    pattern: /\b[a-z][a-z\d+.-]{1,20}:\/\/[^\s<>"'`|\\^{}]+/giu,
    value: (text) => text.replace(/[).,;:!?\]]+$/, '').replace(/^[^/]*\/\/[^/]*/, lower),
  },
  { kind: 'mail', pattern: /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, value: lower },
  {
    kind: 'code',
    pattern: /`[^`\n]*\s[^`\n]*`/g,
    value: (text) => text.slice(1, -1).trim().replace(/\s+/g, ' '),
  },
  {
    kind: 'path',
    pattern: /(?<![\w/])(?:~|\.{1,2})?\/?[\w.@%+-]+(?:\/[\w.@%+*-]+)+\/?|(?<![\w/.])\/[\w.@%+-]{2,}/g,
    // "and/or" and "read/write" are words; 2/3 is a number.
    accepts: (text) =>
      /^[~./]/.test(text) || /[a-z][\d_.]|[\d_.][a-z]/i.test(text) || text.split('/').length > 2,
    value: (text) => text.replace(/[.,;:]+$/, '').replace(/\/$/, ''),
  },
];

const shapes: readonly Form[] = [
  {
    kind: 'identifier',
    pattern: /(?<![\w-])--?[a-z][\w-]+|[#@$]?[\p{L}\p{N}][\p{L}\p{N}_.:-]*[\p{L}\p{N}]-?/giu,
    accepts: (text) =>
      /\d.*[\p{L}_]|[\p{L}_].*\d|_|\p{Ll}\p{Lu}|\p{L}\.\p{L}{2}|^[#@$-]|:\p{L}|\d\.\d+\.\d/u.test(text) &&
      !/^(?:e\.g|i\.e|a\.m|p\.m|\d+(?:st|nd|rd|th))\.?$/i.test(text),
    value: (text) =>
      lower(text)
        .replace(/^#/, '')
        .replace(/[.:]+$/, ''),
  },
  {
    kind: 'environment',
    pattern: new RegExp(`\\b(?:${Object.keys(environments).join('|')})\\b`, 'gi'),
    value: (text) => environments[lower(text)]!,
  },
  {
    kind: 'name',
    pattern: /(?<![\w-])\p{Ll}[\p{Ll}]+(?:-\p{Ll}+)+(?![\w-])/gu,
    accepts: (text) => !isPlainCompound(text),
    value: lower,
  },
  {
    kind: 'name',
    // Not what begins a sentence, an item or a cell: any word may stand there.
    pattern: /(?<=[\p{L}\p{N},;)’'"]["”’)]?[^\S\n]+["“(]?)\p{Lu}[\p{L}\p{N}’'-]*\p{L}/gu,
    accepts: (text) => !isFunctionWord(text),
    value: (text) => lower(text).replace(/['’]s$/, ''),
  },
];

/** Returns the facts sorted by place; none within another. */
export function factsIn(text: string): Fact[] {
  const facts: Fact[] = [];
  const free = (start: number, end: number): boolean =>
    !facts.some((other) => start < other.end && other.start < end);
  const take = ({ kind, pattern, accepts = () => true, value = (found) => found }: Form): void => {
    for (const { 0: found, index: start } of text.matchAll(pattern)) {
      const end = start + found.length;
      if (free(start, end) && accepts(found))
        facts.push({ kind, value: value(found), text: found, start, end, quantity: null });
    }
  };
  for (const form of forms) take(form);
  for (const { date, text: found, start, end } of datesIn(text))
    if (free(start, end)) facts.push({ kind: 'date', value: date, text: found, start, end, quantity: null });
  for (const quantity of quantitiesIn(text)) {
    const { text: found, start, end } = quantity;
    const value = `${amountOf(quantity)} ${quantity.dimension ?? ''}`.trim();
    // "265f" of "265fb8a6" is none.
    const isWhole = !/[\p{L}\p{N}]/u.test(text[end] ?? '');
    if (isWhole && free(start, end))
      facts.push({ kind: 'quantity', value, text: found, start, end, quantity });
  }
  for (const form of shapes) take(form);
  return facts.sort((a, b) => a.start - b.start);
}

/**
 * The facts of each line by itself, as what stands in one has no bearing on another. Where they stand is not
 * told.
 */
export const factsInLines = (text: string): Said[] => text.split('\n').flatMap(factsIn);

/** The amount, with bytes as if all were counted in powers of 1024: few who write "GB" mean anything else. */
function amountOf({ amount, dimension, text }: Quantity): number {
  const unit =
    dimension === 'byte' ? /([kmgt])b?$|([kmgt])(?:ilo|ega|iga|era)?bytes?$/i.exec(text.trim()) : null;
  const power = unit === null ? 0 : 'kmgt'.indexOf((unit[1] ?? unit[2])!.toLowerCase()) + 1;
  return Number((amount * 1.024 ** power).toPrecision(12));
}

export function sameFact(a: Said, b: Said): boolean {
  if (a.quantity === null || b.quantity === null) return a.kind === b.kind && a.value === b.value;
  const [one, other] = [a.quantity, b.quantity];
  if (isCount(one.dimension) && isCount(other.dimension)) return one.amount === other.amount;
  if (one.dimension === other.dimension) return amountOf(one) === amountOf(other);
  // A number without its unit is the same number.
  const bare = one.dimension === null ? one : other.dimension === null ? other : null;
  if (bare === null) return false;
  const digits = (bare === one ? other : one).text.match(/\d+(?:[.,]\d+)*/)?.[0];
  return digits !== undefined && Number(digits.replaceAll(',', '')) === bare.amount;
}

/**
 * Whether a fact is stated of something: a number, an address, an identifier. Names and environments say of
 * what.
 */
export const isValue = ({ kind }: Said): boolean => kind !== 'name' && kind !== 'environment';
