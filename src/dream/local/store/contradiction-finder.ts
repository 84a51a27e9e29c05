/** Resolves contradictions between memories: the newer one holds, if the store says which that is. */
import type { Change, ProposedEdit } from '../../edit.js';
import type { DreamInput } from '../../input.js';
import { grouped } from '../../text/grouped.js';
import type { Claim } from '../claims/claim.js';
import { evidenceOf } from '../claims/claim-evidence.js';
import type { ClaimModel } from '../claims/claim-model.js';
import { claimsOf } from '../claims/claims-of.js';
import { agree } from '../claims/compare.js';
import type { Finder } from '../finder.js';
import { detailsOf } from './details.js';
import { redirected } from './links.js';
import { withAdded, withoutClaims } from './passages.js';
import { takenBy } from './taken.js';

export class ContradictionFinder implements Finder {
  readonly name = 'looking for contradictions';
  readonly #remarks: string[] = [];

  propose(input: DreamInput, earlier: readonly ProposedEdit[]): readonly ProposedEdit[] {
    const model = claimsOf(input);
    const taken = takenBy(earlier);
    const claims = model.claims.filter((claim) => holds(claim) && !taken(claim));
    return [...grouped(claims, ({ subject }) => subject).values()].flatMap((about) =>
      disputes(about, model).flatMap((dispute) => this.#resolved(dispute, model, input)),
    );
  }

  remarks(): readonly string[] {
    return this.#remarks;
  }

  #resolved({ sides, confidence, denied }: Dispute, model: ClaimModel, input: DreamInput): ProposedEdit[] {
    const order = sides.toSorted((a, b) => newest(b).localeCompare(newest(a)));
    const [winners, ...losers] = order as [Claim[], ...Claim[][]];
    const date = newest(winners);
    if (losers.some((side) => newest(side) === '' || newest(side) >= date)) {
      this.#remarks.push(
        `${sides.map(([claim]) => `${claim!.path} ("${claim!.text}")`).join(' and ')} contradict each other, and nothing says which one is newer.`,
      );
      return [];
    }
    const [kept, ...copies] = winners.toSorted((a, b) => (b.recorded ?? '').localeCompare(a.recorded ?? ''));
    const history = losers.map((side, at) => was(side, kept!, newest(order[at]!), denied));
    const added = [...detailsOf(kept!, copies), ...history, ...losers.flat().flatMap(({ riders }) => riders)];
    const change = withAdded(model.texts.get(kept!.path!)!, kept!, added);
    if (change === null) return [];
    const removed = removal([...copies, ...losers.flat()], kept!, model);
    const reason = `${losers.flat()[0]!.path} says "${losers.flat()[0]!.text}", ${kept!.path} says "${kept!.text}", and is newer (${date})`;
    return [
      {
        ...{ kind: 'resolve_contradiction', reason, confidence: Math.round(confidence * 100) / 100 },
        changes: [change, ...removed],
        evidence: [...winners, ...losers.flat()].flatMap((claim) => evidenceOf(claim, input) ?? []),
      },
    ];
  }
}

/**
 * Whether a claim can contradict another: what is proposed, past or taken back does not, and the order of
 * steps is no matter of dates.
 */
const holds = ({ block, isStep, modality, subject }: Claim): boolean =>
  block !== null && !isStep && modality === 'stated' && subject !== null;

interface Dispute {
  /** The sides, each of claims that agree with each other. */
  readonly sides: readonly Claim[][];
  readonly confidence: number;
  readonly denied: boolean;
}

/** The most sides: more values of one thing are a list, not a history. */
const manySides = 3;

function disputes(about: readonly Claim[], model: ClaimModel): Dispute[] {
  const found: Dispute[] = [];
  const seen = new Set<Claim>();
  about.forEach((claim, at) => {
    if (seen.has(claim)) return;
    const rivals = about
      .slice(at + 1)
      .map((other) => ({ other, ...model.compare(claim, other) }))
      .filter(({ relation, other }) => relation === 'conflict' && !seen.has(other));
    if (rivals.length === 0) return;
    const all = [claim, ...rivals.map(({ other }) => other)];
    const sides: Claim[][] = [];
    for (const each of [...all, ...about.filter((other) => isCopyOf(other, all, model))]) {
      const side = sides.find((some) => some.every((member) => agree(member, each)));
      if (side === undefined) sides.push([each]);
      else if (!side.includes(each)) side.push(each);
    }
    for (const each of sides.flat()) seen.add(each);
    const confidence = Math.min(...rivals.map((rival) => rival.confidence));
    found.push({ sides, confidence, denied: rivals.every(({ values }) => values === null) });
  });
  return found.filter(({ sides }) => sides.length > 1 && sides.length <= manySides);
}

const isCopyOf = (claim: Claim, some: readonly Claim[], model: ClaimModel): boolean =>
  !some.includes(claim) &&
  some.some((other) => {
    const { relation } = model.compare(claim, other);
    return relation === 'duplicate' || relation === 'same';
  });

const newest = (side: readonly Claim[]): string =>
  side
    .map(({ recorded }) => recorded ?? '')
    .sort()
    .at(-1)!;

/** Tells the past in the words of the loser: its value, or all of it where it denies the other one. */
function was(side: readonly Claim[], kept: Claim, until: string, denied: boolean): string {
  const [claim] = side;
  const other = claim!.values.find((value) => !kept.values.some(({ key }) => key === value.key));
  if (denied || other === undefined) return `(Until ${until} it was: "${claim!.text.replace(/[.;]$/, '')}")`;
  return `(It was ${other.text} until ${until}.)`;
}

function removal(claims: readonly Claim[], kept: Claim, model: ClaimModel): Change[] {
  const changes: Change[] = [];
  const gone = new Map<string, string | null>();
  for (const [path, some] of grouped(claims, ({ path }) => path!)) {
    const removed = withoutClaims(model.texts.get(path)!, some, model.claimsIn(path));
    if (removed[0]?.op === 'remove') gone.set(path, kept.path);
    changes.push(...removed);
  }
  return gone.size === 0 ? changes : [...changes, ...redirected(model.texts.values(), gone)];
}
