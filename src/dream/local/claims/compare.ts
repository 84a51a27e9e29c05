/** Compares two claims. Near-duplicates are told from look-alikes by names, numbers, scope and polarity. */
import type { Atom } from '../../text/atoms.js';
import { isCount } from '../../text/quantities.js';
import { contentStems, plainText } from '../../text/words.js';
import type { Claim } from './claim.js';
import type { Respects } from './respects.js';

export const relations = [
  /** Equal but for marks and capitals. */
  'same',
  /** A near-duplicate: the same in other words. */
  'duplicate',
  /** Another value of the same respect of the same thing in the same scope, or the opposite polarity. */
  'conflict',
  'different',
] as const;
export type Relation = (typeof relations)[number];

export interface Comparison {
  readonly relation: Relation;
  /** From 0 to 1. */
  readonly confidence: number;
  /** The two values of a conflict; null: one claim denies the other. */
  readonly values: readonly [Atom, Atom] | null;
}

/** Claims about nothing that is named are compared by their words, if they have so many. */
const fewStems = 3;

const different: Comparison = { relation: 'different', confidence: 1, values: null };

/**
 * Leaves out names that only one of them mentions, which explain what the other leaves out: "36 Postgres
 * connections".
 */
function withoutBystanders(
  onlyA: readonly Atom[],
  onlyB: readonly Atom[],
): [readonly Atom[], readonly Atom[]] {
  const isName = ({ kind }: Atom): boolean => kind === 'name';
  if (onlyA.some(isName) === onlyB.some(isName)) return [onlyA, onlyB];
  return [onlyA.filter((atom) => !isName(atom)), onlyB.filter((atom) => !isName(atom))];
}

/**
 * Whether one word differs, or one more stands behind a preposition: then the claims are about two things,
 * not two values of one.
 */
function contrasts(a: Claim, b: Claim): boolean {
  const [onlyA, onlyB] = [
    a.stems.filter((stem) => !b.stems.includes(stem)),
    b.stems.filter((stem) => !a.stems.includes(stem)),
  ];
  if (onlyA.length > 0 && onlyB.length > 0 && isOneFrame(a, b)) return true;
  const shared = a.stems.length - onlyA.length;
  if (shared < fewStems || onlyA.length + onlyB.length === 0 || Math.max(onlyA.length, onlyB.length) > 2)
    return false;
  return (onlyA.length > 0 && onlyB.length > 0) || isLimited(a, onlyA) || isLimited(b, onlyB);
}

/** The words that must be the same at the beginning or the end; one of them says something. */
const frame = 3;

function isOneFrame(a: Claim, b: Claim): boolean {
  const [one, other] = [masked(a), masked(b)];
  const same = (reverse: boolean): string[] => {
    const [x, y] = reverse ? [one.toReversed(), other.toReversed()] : [one, other];
    const end = x.findIndex((word, at) => word !== y[at]);
    return end === -1 ? x : x.slice(0, end);
  };
  return [same(false), same(true)].some(
    (run) => run.length >= frame && contentStems(run.join(' ')).length > 0,
  );
}

/** The words of the claim, each value as one. */
function masked({ text, values, subject }: Claim): string[] {
  let rest = text;
  for (const value of values) rest = rest.replace(value.text, ' # ');
  return (rest.toLowerCase().match(/[\p{L}\p{N}]+|#/gu) ?? []).filter(
    (word) => !(subject ?? '').split(' ').includes(word),
  );
}

const isLimited = ({ text }: Claim, stems: readonly string[]): boolean =>
  stems.length > 0 &&
  [
    ...text.matchAll(
      /\b(?:in|on|for|at|during|under|with|within|when|if|unless)\s+(?:the\s+|an?\s+)?([\p{L}-]+)/giu,
    ),
  ].some(([, word]) => contentStems(word!).some((stem) => stems.includes(stem)));

/**
 * Whether both state the same, as far as names, numbers, scope and polarity go: a chain of paraphrases may
 * join them.
 */
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
  if (plainText(a.text) === plainText(b.text) && telling)
    return { relation: 'same', confidence: 1, values: null };
  const [onlyA, onlyB] = [unmatched(a.values, b.values), unmatched(b.values, a.values)];
  if (a.subject === null) {
    const equal = onlyA.length === 0 && onlyB.length === 0 && a.negated === b.negated;
    return equal && a.stems.length >= fewStems && respects.overlap(a, b) > 0.8
      ? { relation: 'duplicate', confidence: 0.8, values: null }
      : different;
  }
  const [fewer, more] = onlyA.length < onlyB.length ? [onlyA, onlyB] : [onlyB, onlyA];
  if (fewer.length === 0 && more.every(({ kind }) => kind === 'name')) return equalValues(a, b, respects);
  const [statedA, statedB] = withoutBystanders(onlyA, onlyB);
  if (statedA.length === 1 && statedB.length === 1 && comparable(statedA[0]!, statedB[0]!)) {
    const [one, other] = [statedA[0]!, statedB[0]!];
    const sure = Math.max(respects.kinship(a, b), respects.isOneRespect(a, b) ? 0.6 : 0);
    if (sure >= (one.kind === 'name' ? enough.otherName : enough.other) && !contrasts(a, b))
      return { relation: 'conflict', confidence: sure, values: [one, other] };
  }
  return different;
}

/**
 * The least kinship: where equal values prove little (`shared`), are of no other thing (`own`), are names
 * only (`name`), where there are none (`none`), and where one value (`other`) or one name (`otherName`)
 * differs.
 */
const enough = { shared: 0.12, own: 0, name: 0.04, none: 0.7, other: 0.13, otherName: 0.2 };

function equalValues(a: Claim, b: Claim, respects: Respects): Comparison {
  const overlap = respects.overlap(a, b);
  const bounded = a.values.some(({ kind }) => kind === 'quantity');
  if (a.negated !== b.negated && (!bounded || overlap > 0.6))
    return overlap > 0.6 ? { relation: 'conflict', confidence: overlap, values: null } : different;
  const common = a.values.filter((value) => b.values.some((other) => equal(value, other)));
  const rare = common.filter(({ key }) => respects.isOwn(key, a.subject!));
  const own = rare.length > 0 && !respects.apart(a, b);
  // A person may have several parts in a thing.
  const alone = rare.every(({ kind, key }) => kind === 'name' && !/\d/.test(key)) ? enough.name : enough.own;
  const kinship = respects.kinship(a, b);
  const least = common.length === 0 ? enough.none : own ? alone : enough.shared;
  return kinship >= least
    ? { relation: 'duplicate', confidence: Math.max(kinship, own ? 0.5 : 0), values: null }
    : different;
}

const unmatched = (values: readonly Atom[], others: readonly Atom[]): Atom[] =>
  values.filter((value) => !others.some((other) => equal(value, other)));

/** Whether two values are equal; a count of nothing in particular may be a count of something. */
const equal = (a: Atom, b: Atom): boolean =>
  a.key === b.key ||
  (a.kind === 'quantity' &&
    b.kind === 'quantity' &&
    a.amount === b.amount &&
    isCount(a.dimension) &&
    isCount(b.dimension));

/**
 * Whether one value can stand in the other's place: both are of one kind. Identifiers of one kind are built
 * alike.
 */
export function comparable(a: Atom, b: Atom): boolean {
  if (a.kind === 'quantity' && b.kind === 'quantity')
    return a.dimension === b.dimension || (isCount(a.dimension) && isCount(b.dimension));
  if (a.kind === 'identifier' && b.kind === 'identifier') return shape(a.text) === shape(b.text);
  return a.kind === b.kind;
}

const shape = (identifier: string): string =>
  identifier
    .replace(/\p{N}+/gu, '9')
    .replace(/\p{L}+/gu, 'a')
    .replace(/(?:a9|9a|a)(?:a9|9a|a|9)*/g, 'a');
