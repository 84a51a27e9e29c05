/** Merges near-duplicates: one copy of a claim is kept, with what only the others say. */
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

export class DuplicateFinder implements Finder {
  readonly name = 'looking for duplicates';

  propose(input: DreamInput, earlier: readonly ProposedEdit[]): readonly ProposedEdit[] {
    const model = claimsOf(input);
    const taken = takenBy(earlier);
    const claims = model.claims.filter((claim) => mayMerge(claim) && !taken(claim));
    const groups = [...grouped(claims, ({ subject }) => subject).values()].flatMap((about) =>
      groupsOf(about, model),
    );
    return groups.flatMap((group) => merged(group, model, input));
  }
}

/**
 * Whether a claim may be merged: steps of a procedure stand where they stand for a reason; what is past or
 * proposed is another finder's.
 */
const mayMerge = ({ block, isStep, modality }: Claim): boolean =>
  block !== null && !isStep && (modality === 'stated' || modality === 'planned');

function likeness(a: Claim, b: Claim, model: ClaimModel): number {
  const { relation, confidence } = model.compare(a, b);
  return relation === 'same' || relation === 'duplicate' ? confidence : 0;
}

interface Group {
  readonly members: readonly Claim[];
  readonly confidence: number;
}

/** Groups claims that are each other's duplicates, no two of which state different things. */
function groupsOf(claims: readonly Claim[], model: ClaimModel): Group[] {
  const groups: Claim[][] = [];
  const confidence = new Map<Claim[], number>();
  for (const claim of claims) {
    const kin = groups
      .filter((group) => group.every((member) => agree(claim, member)))
      .map((group) => ({ group, sure: Math.max(...group.map((member) => likeness(claim, member, model))) }))
      .filter(({ sure }) => sure > 0);
    const [first, ...rest] = kin;
    if (first === undefined) {
      groups.push([claim]);
      continue;
    }
    const joined = rest.filter(({ group }) => group.every((a) => first.group.every((b) => agree(a, b))));
    for (const { group } of joined) groups.splice(groups.indexOf(group), 1);
    first.group.push(...joined.flatMap(({ group }) => group), claim);
    const all = [first, ...joined].flatMap(({ group, sure }) => [sure, confidence.get(group) ?? 1]);
    confidence.set(first.group, Math.min(...all));
  }
  return groups
    .filter((group) => group.length > 1)
    .map((members) => ({ members, confidence: confidence.get(members)! }));
}

function merged({ members, confidence }: Group, model: ClaimModel, input: DreamInput): ProposedEdit[] {
  const [kept, ...others] = members.toSorted(better) as [Claim, ...Claim[]];
  const added = detailsOf(kept, others);
  const changes: Change[] = [];
  if (added.length > 0) {
    const change = withAdded(model.texts.get(kept.path!)!, kept, added);
    if (change === null) return [];
    changes.push(change);
  }
  const gone = new Map<string, string | null>();
  for (const [path, some] of grouped(others, ({ path }) => path!)) {
    const removal = withoutClaims(model.texts.get(path)!, some, model.claimsIn(path));
    if (removal.length === 0) return [];
    if (removal[0]!.op === 'remove') gone.set(path, kept.path);
    changes.push(...removal);
  }
  if (gone.size > 0) changes.push(...redirected(model.texts.values(), gone));
  const evidence = members.flatMap((claim) => evidenceOf(claim, input) ?? []);
  return [
    {
      kind: 'merge_duplicates',
      reason: `${others.length === 1 ? 'Another passage says' : `${others.length} other passages say`} what ${kept.path} says: "${kept.text}"`,
      confidence: Math.round(confidence * 100) / 100,
      changes,
      evidence,
    },
  ];
}

/** Sorts the claim first that states most, then the newest, then the longest. */
function better(a: Claim, b: Claim): number {
  return (
    b.values.length - a.values.length ||
    (b.recorded ?? '').localeCompare(a.recorded ?? '') ||
    b.text.length + b.riders.join().length - a.text.length - a.riders.join().length ||
    (a.path ?? '').localeCompare(b.path ?? '')
  );
}
