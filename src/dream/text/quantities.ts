/** Finds numbers with what they count, in one unit for each dimension: 90 s is 1.5 min. */
import { alternatives, cues } from './cues.js';
import { isFunctionWord, stem } from './words.js';

export interface Quantity {
  /** In the base unit of its dimension. */
  readonly amount: number;
  /**
   * `s`, `byte`, `%`, `time` (minutes since midnight), a currency, or `#` and the stem of what is counted;
   * null: nothing is said.
   */
  readonly dimension: string | null;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Whether a dimension is that of a count; the thing counted may be said in other words, or not at all. */
export const isCount = (dimension: string | null): boolean => dimension === null || dimension.startsWith('#');

const units = new Map<string, readonly [dimension: string, factor: number]>();
const define = (dimension: string, factor: number, names: string): void => {
  for (const name of names.split(' ')) units.set(name, [dimension, factor]);
};
define('s', 1e-3, 'ms msec msecs millis millisecond milliseconds');
define('s', 1, 's sec secs second seconds');
define('s', 60, 'm min mins minute minutes');
define('s', 3600, 'h hr hrs hour hours');
define('s', 86400, 'd day days');
define('s', 604800, 'w wk wks week weeks');
define('month', 1, 'mo month months');
define('month', 12, 'y yr yrs year years');
define('byte', 1, 'byte bytes');
define('byte', 1e3, 'kb kilobyte kilobytes');
define('byte', 1e6, 'mb megabyte megabytes');
define('byte', 1e9, 'gb gigabyte gigabytes');
define('byte', 1e9, 'G');
define('byte', 1e12, 'tb terabyte terabytes');
define('byte', 1024, 'kib ki');
define('byte', 1024 ** 2, 'mib mi');
define('byte', 1024 ** 3, 'gib gi');
define('byte', 1024 ** 4, 'tib ti');
define('degree', 1, '° °c °f c f degree degrees');
define('%', 1, '% percent pct');

const multiples: Readonly<Record<string, number>> = { k: 1e3, m: 1e6 };
const symbols: Readonly<Record<string, string>> = { $: 'usd', '€': 'eur', '£': 'gbp', '¥': 'jpy' };
const isCurrency = (code: string): boolean => /^[A-Z]{3}$/.test(code) && currencies.has(code);
const currencies = new Set(Intl.supportedValuesOf('currency'));

const small = [
  ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven'],
  ...['twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
];
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

const currencySign = String.raw`(?<sign>[$€£¥]\s?|(?:[A-Z]{3}\s))`;
const figure = String.raw`(?<digits>\d{1,3}(?:[,\u00a0\u202f']\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)`;
const unitBehind = String.raw`(?<unit>[ \u00a0-]?(?:%|°\s?[CF]?|\p{L}+))`;
const rate = String.raw`(?:\/(?:s|sec|m|min|h|hr|hour|d|day|wk|week|mo|month|y|yr|year)\b)`;
/** "1h30m": a smaller unit may follow at once. */
const opening = String.raw`(?:(?<![\p{L}\p{N}_.#/:-]|\d,)|(?<=\d[hm]))`;
const closing = String.raw`(?:(?![\p{L}\p{N}_]|[.:/-][\p{L}\p{N}])|(?<=\d[hm])(?=\d{1,2}\s?(?:m|min|s)\b))`;
const digits = `${opening}${currencySign}?${figure}${unitBehind}?${rate}?${closing}`;
const initial = (words: readonly string[]): string =>
  words.map((word) => `[${word[0]!.toUpperCase()}${word[0]}]${word.slice(1)}`).join('|');
const spelled = alternatives(String.raw`
  (?<![\p{L}\p{N}_-])(?<word>
    (?:${initial(tens)})(?:[- ](?:${small.slice(1, 10).join('|')}))?|${initial(small)}
  )(?<behind>[ -]\p{L}+)?(?![\p{L}\p{N}_])
`);
const clock = cues(
  String.raw`
    (?<![\d:.-])(?<hour>
      [01]?\d|2[0-3]
    ):(?<minute>[0-5]\d)(?::[0-5]\d)?(?!\d)\s?(?<half>[ap]\.?m\b)?(?:\s?(?:UTC|GMT|Z|[A-Z]{2,4}T)\b)?
  `,
  'gu',
);
const form = new RegExp(`${digits}|${spelled}`, 'gu');

export function quantitiesIn(text: string): Quantity[] {
  const times = [...text.matchAll(clock)].map(timeOf);
  const numbers: Quantity[] = [];
  for (const match of text.matchAll(form)) {
    const quantity = quantityOf(text, match);
    const last = numbers.at(-1);
    if (quantity === null || times.some((time) => overlaps(time, quantity))) continue;
    if (last !== undefined && goesOn(text, last, quantity))
      numbers[numbers.length - 1] = joined(text, last, quantity);
    else numbers.push(quantity);
  }
  const found = [...times, ...numbers].sort((a, b) => a.start - b.start);
  const figures = found.filter(({ text: number }) => /\d/.test(number));
  // "Two people must sign from 7500 EUR": beside a figure a small number in words is seldom what is stated.
  return figures.length === 0 ? found : found.filter((each) => /\d/.test(each.text) || !isSmall(each));
}

const isSmall = ({ amount, dimension }: Quantity): boolean => amount <= 10 && isCount(dimension);

const overlaps = (a: Quantity, b: Quantity): boolean => a.start < b.end && b.start < a.end;

function timeOf({ 0: text, index: start, groups }: RegExpMatchArray): Quantity {
  const { hour: hours, minute, half: mark } = groups!;
  const half = mark?.[0]?.toLowerCase();
  const hour = (Number(hours) % (half === undefined ? 24 : 12)) + (half === 'p' ? 12 : 0);
  return {
    amount: hour * 60 + Number(minute),
    ...{ dimension: 'time', text: text.trimEnd(), start: start!, end: start! + text.trimEnd().length },
  };
}

function quantityOf(text: string, { 0: whole, index, groups }: RegExpMatchArray): Quantity | null {
  const start = index!;
  const { sign, digits, word, behind, unit = behind } = groups!;
  const before = sign?.trim();
  const spelledUnit = unit?.replace(/[ \u00a0-]/g, '') ?? '';
  const number =
    digits === undefined ? spelledNumber(word!) : Number(digits.replace(/[,\u00a0\u202f']/g, ''));
  const till = start + whole.length;
  const bare = unit === undefined ? till : start + whole.indexOf(unit, (sign ?? '').length + 1);
  const make = (dimension: string | null, factor: number, end: number, from = start): Quantity => ({
    ...{ amount: number * factor, dimension, text: text.slice(from, end), start: from, end },
  });
  if (before !== undefined && (before in symbols || isCurrency(before)))
    return make(symbols[before] ?? before.toLowerCase(), 1, bare);
  const from = start + (sign?.length ?? 0);
  const known = units.get(spelledUnit) ?? units.get(spelledUnit.toLowerCase());
  if (known !== undefined) return make(known[0], known[1], till, from);
  const [, thousands, code] = /^([kKmM]?)([A-Z]{3})$/.exec(spelledUnit) ?? [];
  if (code !== undefined && isCurrency(code))
    return make(code.toLowerCase(), multiples[thousands!.toLowerCase()] ?? 1, till, from);
  if (spelledUnit === 'k') return make(null, 1000, till, from);
  const attached = unit !== undefined && !/^[ \u00a0-]/.test(unit);
  if (attached) return null;
  // "one" and its like are seldom numbers.
  if (digits === undefined && number < 2) return null;
  const counted = countedBehind(text.slice(bare));
  return make(counted === null ? null : `#${stem(counted)}`, 1, bare, from);
}

/** The thing counted, the last of up to three words behind a number: "36 open Postgres connections in". */
function countedBehind(rest: string): string | null {
  const words = /^[ -](\p{L}+(?: \p{L}+){0,2})/u.exec(rest)?.[1]?.split(' ') ?? [];
  const end = words.findIndex(isFunctionWord);
  const thing = words.slice(0, end === -1 ? undefined : end);
  return thing.findLast((word) => /[^s]s$/i.test(word) && word.length > 3) ?? null;
}

/** Whether a smaller unit of the same dimension follows: "1 min 30 s", "1h and 30m". */
const goesOn = (text: string, first: Quantity, next: Quantity): boolean =>
  first.dimension === 's' &&
  next.dimension === 's' &&
  next.amount < first.amount &&
  /^\s?(?:and\s)?$/.test(text.slice(first.end, next.start));

const joined = (text: string, first: Quantity, next: Quantity): Quantity => ({
  amount: first.amount + next.amount,
  dimension: first.dimension,
  ...{ text: text.slice(first.start, next.end), start: first.start, end: next.end },
});

function spelledNumber(word: string): number {
  const [head, tail] = word.toLowerCase().split(/[- ]/) as [string, string?];
  const ten = tens.indexOf(head);
  return ten === -1 ? small.indexOf(head) : (ten + 2) * 10 + (tail === undefined ? 0 : small.indexOf(tail));
}
