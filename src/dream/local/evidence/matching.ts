/** Finds the claims of the store that a statement speaks of. */
import { everywhere } from '../../text/environments.js';
import { contentStems } from '../../text/words.js';
import type { Claim } from '../claims/claim.js';
import type { ClaimModel } from '../claims/claim-model.js';
import { type Alignment, aligned, isSame } from './alignment.js';
import type { CoOccurrence } from './co-occurrence.js';
import type { Mentions } from './mentions.js';
import type { Statement } from './statement.js';

/** The claims of a store, and how its words go together. */
export interface Knowledge {
  readonly model: ClaimModel;
  readonly coOccurrence: CoOccurrence;
  readonly mentions: Mentions;
}

export interface Match {
  readonly claim: Claim;
  readonly alignment: Alignment;
  /** From 0 to 1. */
  readonly confidence: number;
}

/**
 * The least confidence by words alone; below it, a statement must have nothing else that it could speak of.
 */
const sure = 0.2;
/**
 * The share of the best confidence that other claims must have: they speak of the same respect in other
 * words.
 */
const asGood = 0.4;

export function matchesOf(statement: Statement, { model, coOccurrence, mentions }: Knowledge): Match[] {
  const { quotes } = statement;
  if (quotes !== null && statement.kind === 'value') {
    const alignment = aligned(model.atomsIn(quotes.text), statement.values);
    return alignment === null || !replacesOld(alignment, statement)
      ? []
      : [{ claim: quotes, alignment, confidence: 0.6 * alignment.fit }];
  }
  if (quotes !== null)
    return [{ claim: quotes, alignment: { equal: true, replaced: [], fit: 1 }, confidence: 1 }];
  // Whom it is about says nothing on what.
  const own = new Set(contentStems(statement.subject));
  const stems = statement.stems.filter((stem) => !own.has(stem));
  const about = model.about(statement.subject);
  const candidates = (about.length > 0 ? about : mentions.of(statement.subject))
    .filter((claim) => isStated(claim) && sameScope(claim.scope, statement.scope))
    .flatMap((claim): Match[] => {
      const alignment = alignmentOf(claim, statement);
      if (alignment === null || !replacesOld(alignment, statement)) return [];
      const spoken = [...stems, ...namesInBoth(claim, statement)];
      return [
        { claim, alignment, confidence: coOccurrence.of(spoken, respectOf(claim, own)) * alignment.fit },
      ];
    });
  const best = Math.max(0, ...candidates.map(({ confidence }) => confidence));
  // What is taken back may be said in any words.
  if (best < sure && statement.kind === 'withdrawal') return candidates;
  if (best >= sure) {
    const near = candidates.filter(({ confidence }) => confidence >= Math.max(sure, best * asGood));
    return withKin(near, candidates, model);
  }
  return onlyOnes(candidates, model, statement);
}

/** Stems of names that both have, which tell what they speak of as words do: "SDK 5.1", "the SDK is 6.0". */
const namesInBoth = (claim: Claim, { values }: Statement): string[] =>
  values
    .filter((value) => value.kind === 'name' && claim.values.some((other) => isSame(other, value)))
    .flatMap(({ text }) => contentStems(text));

/** Whether the values that the user calls old are those that stand there. */
const replacesOld = ({ equal, replaced }: Alignment, { old }: Statement): boolean =>
  equal || old.every((value) => replaced.some(([before]) => isSame(before, value)));

const respectOf = (claim: Claim, own: ReadonlySet<string>): Claim => ({
  ...claim,
  // "VLAN 12", "DDC: 30 GB": what has a name of its own may be what a live key is called by.
  stems: [
    ...claim.stems,
    ...claim.values.flatMap(({ kind, text }) => (kind === 'name' ? contentStems(text) : [])),
  ].filter((stem) => !own.has(stem)),
  context: claim.context.filter((stem) => !own.has(stem)),
});

/** Adds claims that the store itself takes for the same respect in other words. */
const withKin = (near: readonly Match[], all: readonly Match[], model: ClaimModel): Match[] =>
  all.filter(
    (match) =>
      near.includes(match) ||
      near.some(({ claim }) => model.compare(claim, match.claim).relation !== 'different'),
  );

/**
 * The claims that are meant though they share no words: the kind of value must be telling, and nothing else
 * of the subject may have one like it.
 */
function onlyOnes(candidates: readonly Match[], model: ClaimModel, statement: Statement): Match[] {
  if (statement.by === 'user' && !statement.isChange) return [];
  const fitting = candidates.filter(({ alignment }) => alignment.fit === 1);
  const equal = fitting.filter(({ alignment }) => alignment.equal);
  const telling = equal.length > 0 ? equal : fitting;
  // A value of that kind under a key of which no word is known may be of anything: a pod's age is no retention.
  if (equal.length === 0 && statement.by === 'live') return [];
  const [first, ...rest] = telling;
  if (first === undefined || !isTelling(statement)) return [];
  // Two addresses of one shape are of one kind of address.
  const alike =
    statement.values.every(({ text }) => /^[#@]/.test(text)) ||
    rest.every(({ claim }) => model.compare(first.claim, claim).relation !== 'different');
  return alike ? telling.map((match) => ({ ...match, confidence: Math.max(match.confidence, 0.4) })) : [];
}

/** Whether the values are telling: a bare count or a single word may be of anything. */
const isTelling = ({ values }: Statement): boolean =>
  values.every(({ kind, dimension, text }) =>
    kind === 'quantity'
      ? dimension !== null
      : /[\d#@$/]/.test(text) || /^\p{Lu}\S* [\p{Lu}\p{N}]/u.test(text),
  );

function alignmentOf(claim: Claim, { kind, values, negated, stems }: Statement): Alignment | null {
  const alignment = aligned(claim.values, values);
  if (alignment !== null) return alignment;
  if (kind === 'withdrawal' && values.length === 0) return { equal: false, replaced: [], fit: 1 };
  if (values.length > 0 || claim.values.length > 0) return null;
  // Without values both say only that something is so, or is not.
  const shared = claim.stems.filter((stem) => stems.includes(stem)).length;
  if (shared < 2 || shared < 0.6 * Math.max(claim.stems.length, 1)) return null;
  return { equal: claim.negated === negated, replaced: [], fit: 1 };
}

/** Whether a claim states something; steps of a procedure have numbers that are theirs. */
const isStated = ({ modality, block, text }: Claim): boolean =>
  modality === 'stated' &&
  block !== null &&
  block.kind !== 'code' &&
  !block.ordered &&
  (text.replace(/`[^`]*`/g, ' ').match(/\p{L}{2,}/gu) ?? []).length > 1;

/**
 * Whether the scopes are the same: what holds everywhere is not disproved by what holds somewhere, nor the
 * other way round.
 */
function sameScope(claimed: readonly string[], stated: readonly string[]): boolean {
  const a = claimed.filter((word) => !everywhere.has(word));
  const b = stated.filter((word) => !everywhere.has(word));
  return a.length === b.length && a.every((word) => b.includes(word));
}
