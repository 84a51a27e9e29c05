/** Aligns the values of a statement with those of a claim: equal ones, and others in their place. */
import type { Atom } from '../../text/atoms.js';
import { isCount } from '../../text/quantities.js';

export interface Alignment {
  /** Whether no value differs and at least one is there on both sides. */
  readonly equal: boolean;
  /** Values of the claim, each with the one that the statement has instead. */
  readonly replaced: readonly (readonly [Atom, Atom])[];
  /** The certainty, from 0 to 1, that values of these kinds speak of the same thing. */
  readonly fit: number;
}

/** Null when they have nothing to do with each other. */
export function aligned(claimed: readonly Atom[], stated: readonly Atom[]): Alignment | null {
  if (stated.length === 0 || claimed.length === 0) return null;
  const open = [...claimed];
  const rest: Atom[] = [];
  let matched = 0;
  for (const value of stated) {
    const at = open.findIndex((other) => isSame(other, value));
    if (at === -1) rest.push(value);
    else {
      open.splice(at, 1);
      matched += 1;
    }
  }
  if (rest.length === 0) return { equal: true, replaced: [], fit: 1 };
  const replaced: (readonly [Atom, Atom])[] = [];
  let fit = 1;
  for (const value of rest) {
    const ranked = open.map((other) => fitOf(other, value));
    const best = Math.max(0, ...ranked);
    // Two values that it might replace: it is not known which.
    if (best === 0) continue;
    if (ranked.filter((each) => each === best).length > 1) return null;
    const [old] = open.splice(ranked.indexOf(best), 1);
    replaced.push([old!, value]);
    fit = Math.min(fit, best);
  }
  if (replaced.length === 0) return null;
  // What is stated besides and replaces nothing makes it another matter, unless something agrees.
  if (replaced.length < rest.length && matched === 0) fit *= 0.6;
  return { equal: false, replaced, fit };
}

export function isSame(a: Atom, b: Atom): boolean {
  if (a.kind === 'quantity' && b.kind === 'quantity') {
    if (a.amount !== b.amount) return bareEqual(a, b) || bareEqual(b, a);
    return a.dimension === b.dimension || isCount(a.dimension) || isCount(b.dimension);
  }
  return a.key === b.key || plain(a.text) === plain(b.text);
}

/** Whether a bare number is the number of the other, whatever its unit. */
const bareEqual = (bare: Atom, other: Atom): boolean =>
  bare.dimension === null && !isCount(other.dimension) && numberOf(other) === bare.amount;

const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

/** The number as it is written, whatever its unit; null: there is none. */
export const numberOf = ({ text }: Atom): number | null => {
  const [digits] = /\d[\d,.]*/.exec(text) ?? [];
  return digits === undefined ? null : Number(digits.replaceAll(',', ''));
};

/** The fit of two values, from 0 to 1; 0: the one cannot stand in the other's place. */
function fitOf(a: Atom, b: Atom): number {
  if (a.kind === 'quantity' && b.kind === 'quantity') return fitOfQuantities(a, b);
  if (isWord(a) && isWord(b)) return fitOfWords(a.text, b.text);
  // `304/h`: a number in a form of its own.
  if (isWord(a) !== isWord(b) && [a, b].some(({ kind }) => kind === 'quantity'))
    return [a, b].every(isRate) ? 0.7 : 0;
  return a.kind === b.kind ? 1 : 0;
}

/**
 * Whether it is a number in a form of its own, `304/h`, `40k`: no time of day, no version, no code that
 * begins with a digit.
 */
const isRate = ({ text, dimension }: Atom): boolean =>
  dimension !== 'time' &&
  (dimension !== null || /^\d[\d.,]*(?:\s?\p{L}{0,3}\s?\/\s?\p{L}+|\p{L}{0,3})$/u.test(text));

const isWord = ({ kind }: Atom): boolean => kind === 'name' || kind === 'identifier';

function fitOfWords(a: string, b: string): number {
  const [one, other] = [formOf(a), formOf(b)];
  if (one !== other) return new Set([one, other]).has('code') && new Set([one, other]).has('name') ? 0.5 : 0;
  // A person has two names, a tool mostly one.
  if (one === 'name') return a.includes(' ') === b.includes(' ') ? 1 : 0.5;
  return one !== 'code' || shapeOf(a) === shapeOf(b) ? 1 : 0.8;
}

function fitOfQuantities(a: Atom, b: Atom): number {
  if (a.dimension === b.dimension) {
    if (isCount(a.dimension)) return a.dimension === null ? 0.6 : 1;
    return unitOf(a) === unitOf(b) ? 1 : 0.8;
  }
  if (isCount(a.dimension) && isCount(b.dimension))
    return a.dimension === null || b.dimension === null ? 0.6 : 0.4;
  // A bare number in place of one with a unit: unless it is the same in another unit, it is taken to be in that one.
  const [bare, other] = a.dimension === null ? [a, b] : [b, a];
  if (bare.dimension !== null) return 0;
  const [x, y] = [bare.amount ?? 0, numberOf(other) ?? 0];
  return x > 0 && y > 0 && x / y < 20 && y / x < 20 ? 0.5 : 0;
}

/** The unit as it is written: days and minutes are of one dimension and seldom of one thing. */
const unitOf = ({ text }: Atom): string => {
  const unit = (/\p{L}+|%|[$€£¥]/u.exec(text.replace(/\d[\d,.]*/, ''))?.[0] ?? '').toLowerCase();
  return unit === 'ms' || unit.startsWith('mil') || unit.startsWith('ms')
    ? 'ms'
    : unit.slice(0, unit.startsWith('mo') ? 2 : 1);
};

/** The shape of an identifier: that of `#ops-blue-7` is that of `#duty-red-12`. */
const shapeOf = (text: string): string =>
  text
    .replace(/\p{L}+/gu, 'a')
    .replace(/\p{N}+/gu, '0')
    .replace(/(?:a-)+a/g, 'a-a');
const formOf = (text: string): string => {
  if (/^v?\d+(?:\.\d+)+/.test(text)) return 'version';
  if (/^[#@$~]/.test(text)) return text[0]!;
  if (text.includes('/')) return 'path';
  if (/\w\.\p{L}{1,5}$/u.test(text)) return 'file';
  return /\d/.test(text) ? 'code' : 'name';
};
