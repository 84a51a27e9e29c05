/** Turns a reviewer's choice into what is kept and written. */
import { MemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { DreamStatus } from '../dream.js';
import type { Edit } from '../edit.js';
import { fingerprint } from './fingerprint.js';
import type { Texts } from './plan.js';
import { type ApplyFacts, planApplying, planReverting } from './plan-writing.js';
import { statusOf } from './settled.js';
import type { Writing } from './writing.js';

/** Numbers of edits. Both null: all that wait. */
export interface Choice {
  /** These and no others. */
  readonly edits: readonly number[] | null;
  /** All but these, which are rejected when the others are applied. */
  readonly except: readonly number[] | null;
}

export type DecisionFacts = Omit<ApplyFacts, 'edits' | 'chosen'> & {
  /** The newest record of the dream's branch. */
  readonly newest: number;
};

export interface Applying {
  readonly writing: Writing;
  /** Fingerprints of the edits that were excepted. */
  readonly rejected: readonly string[];
}

/** Applies the chosen edits. Throws `not_found` or `conflict` for a number that is not of a staged edit. */
export function applying(
  dream: string,
  edits: readonly Edit[],
  choice: Choice,
  { newest, ...facts }: DecisionFacts,
): Applying {
  const named = namedIn(dream, edits, choice);
  const chosen = new Set(edits.filter((edit) => isChosen(choice, edit)).map(({ n }) => n));
  const planned = planApplying({ ...facts, edits, chosen });
  const decided = planned.edits.map(
    (edit): Edit =>
      edit.state === 'staged' && choice.except !== null ? { ...edit, state: 'rejected' } : edit,
  );
  const rejected = decided.filter(({ state, n }) => state === 'rejected' && named.has(n));
  const outcome = { edits: decided, status: statusOf(decided), reviewedUpTo: newest };
  return { writing: { kind: 'apply', ...planned, ...outcome }, rejected: rejected.map(fingerprint) };
}

export interface Rejecting {
  readonly edits: readonly Edit[];
  readonly status: DreamStatus;
  /** The numbers and the fingerprints of the edits that are rejected now. */
  readonly numbers: readonly number[];
  readonly rejected: readonly string[];
}

/** Rejects the chosen edits. Throws `not_found` or `conflict` for a number that is not of a staged edit. */
export function rejecting(dream: string, edits: readonly Edit[], choice: Choice): Rejecting {
  namedIn(dream, edits, choice);
  const gone = edits.filter((edit) => isChosen(choice, edit));
  const decided = edits.map((edit): Edit => (gone.includes(edit) ? { ...edit, state: 'rejected' } : edit));
  return {
    edits: decided,
    status: statusOf(decided),
    numbers: gone.map(({ n }) => n),
    rejected: gone.map(fingerprint),
  };
}

export interface Reverting {
  readonly writing: Writing;
  /** Memories that are not restored, and why. */
  readonly leftOut: readonly { readonly path: string; readonly note: string }[];
}

/**
 * Takes back all that was applied. `writings`: the newest first; `head`: the memories that they touched, as
 * they are.
 */
export function reverting(
  edits: readonly Edit[],
  writings: readonly Writing[],
  head: Texts,
  actor: Actor,
): Reverting {
  const { leftOut, ...planned } = planReverting({ writings, head, actor });
  const outcome = { edits: edits.map(reverted), status: 'reverted' as const, reviewedUpTo: null };
  return { writing: { kind: 'revert', ...planned, ...outcome }, leftOut };
}

function reverted(edit: Edit): Edit {
  if (edit.state === 'applied') return { ...edit, state: 'reverted' };
  return edit.state === 'staged' ? { ...edit, state: 'left_out', note: 'the dream was reverted' } : edit;
}

function isChosen({ edits, except }: Choice, { n, state }: Edit): boolean {
  if (state !== 'staged') return false;
  return edits === null ? except === null || !except.includes(n) : edits.includes(n);
}

function namedIn(dream: string, edits: readonly Edit[], choice: Choice): ReadonlySet<number> {
  const named = new Set(choice.edits ?? choice.except ?? []);
  for (const n of named) {
    const edit = edits.find((each) => each.n === n);
    if (edit?.state === 'staged') continue;
    const what = edit === undefined ? `has no edit ${n}` : `: edit ${n} is ${edit.state.replace('_', ' ')}`;
    throw new MemfsError(edit === undefined ? 'not_found' : 'conflict', `the dream ${dream} ${what}`, {
      hint: `memfsd dream show ${dream}`,
    });
  }
  return named;
}
