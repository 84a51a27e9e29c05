/** How two claims stand to each other. Near-duplicates are told from look-alikes by names, numbers, limits and negation. */
import type { Atom } from '../../text/atoms.js';
import type { Claim } from './claim.js';
import type { Respects } from './respects.js';

export const relations = [
  /** Letter for letter, or but for marks and capitals. */
  'same',
  /** In other words. */
  'duplicate',
  /** The same respect of the same thing in the same scope, another value or denied. */
  'conflict',
  'different',
] as const;
export type Relation = (typeof relations)[number];

export interface Comparison {
  readonly relation: Relation;
  /** From 0 to 1. */
  readonly confidence: number;
  /** Of a conflict: what the one states and what the other states instead; null: it is denied. */
  readonly values: readonly [Atom, Atom] | null;
}

/** What is about nothing named is compared by its words, if it has so many. */
const fewStems = 3;

const different: Comparison = { relation: 'different', confidence: 1, values: null };

/** They state the same, as far as names, numbers, limits and negation go: a chain of paraphrases may join them. */
export function agree(a: Claim, b: Claim): boolean {
  if (a.subject !== b.subject || a.scope.join(' ') !== b.scope.join(' ')) return false;
  const [onlyA, onlyB] = [unmatched(a.values, b.values), unmatched(b.values, a.values)];
  const [fewer, more] = onlyA.length < onlyB.length ? [onlyA, onlyB] : [onlyB, onlyA];
  const bounded = a.values.some(({ kind }) => kind === 'quantity');
  return (
    fewer.length === 0 && more.every(({ kind }) => kind === 'name') && (bounded || a.negated === b.negated)
  );
}

export function compareClaims(a: Claim, b: Claim, respects: Respects): Comparison {
  if (a.subject !== b.subject || a.scope.join(' ') !== b.scope.join(' ')) return different;
  const telling = a.subject !== null || a.stems.length >= fewStems;
  if (plain(a.text) === plain(b.text) && telling) return { relation: 'same', confidence: 1, values: null };
  const [onlyA, onlyB] = [unmatched(a.values, b.values), unmatched(b.values, a.values)];
  const kinship = respects.kinship(a, b);
  if (a.subject === null) {
    const equal = onlyA.length === 0 && onlyB.length === 0 && a.negated === b.negated;
    return equal && a.stems.length >= fewStems && respects.overlap(a, b) > 0.8
      ? { relation: 'duplicate', confidence: kinship, values: null }
      : different;
  }
  const [fewer, more] = onlyA.length < onlyB.length ? [onlyA, onlyB] : [onlyB, onlyA];
  if (fewer.length === 0 && more.every(({ kind }) => kind === 'name')) return equalValues(a, b, respects);
  if (onlyA.length === 1 && onlyB.length === 1 && comparable(onlyA[0]!, onlyB[0]!) && kinship >= 0.3)
    return { relation: 'conflict', confidence: kinship, values: [onlyA[0]!, onlyB[0]!] };
  return different;
}

/** So much must be kin where equal values prove little, where they are of no other thing, and where there are none. */
const enough = { shared: 0.12, own: 0, none: 0.7 };

function equalValues(a: Claim, b: Claim, respects: Respects): Comparison {
  const overlap = respects.overlap(a, b);
  const bounded = a.values.some(({ kind }) => kind === 'quantity');
  if (a.negated !== b.negated && (!bounded || overlap > 0.6))
    return overlap > 0.6 ? { relation: 'conflict', confidence: overlap, values: null } : different;
  const common = a.values.filter((value) => b.values.some((other) => equal(value, other)));
  const own = common.some(({ key }) => respects.isOwn(key, a.subject!)) && !respects.apart(a, b);
  const kinship = respects.kinship(a, b);
  const least = common.length === 0 ? enough.none : own ? enough.own : enough.shared;
  return kinship >= least
    ? { relation: 'duplicate', confidence: Math.max(kinship, own ? 0.5 : 0), values: null }
    : different;
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

const unmatched = (values: readonly Atom[], others: readonly Atom[]): Atom[] =>
  values.filter((value) => !others.some((other) => equal(value, other)));

/** A number of nothing in particular may be the same number of something. */
const equal = (a: Atom, b: Atom): boolean =>
  a.key === b.key ||
  (a.kind === 'quantity' &&
    b.kind === 'quantity' &&
    a.amount === b.amount &&
    (isCount(a.dimension) || isCount(b.dimension)) &&
    isCount(a.dimension) &&
    isCount(b.dimension));

const isCount = (dimension: string | null): boolean => dimension === null || dimension.startsWith('#');

/** Of one kind: only such can stand in each other's place. */
export const comparable = (a: Atom, b: Atom): boolean =>
  a.kind === b.kind && (a.dimension === b.dimension || (isCount(a.dimension) && isCount(b.dimension)));
