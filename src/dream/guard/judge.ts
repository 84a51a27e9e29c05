/** The one way from proposed edits to judged ones. */
import type { Edit, ProposedEdit } from '../edit.js';
import type { DreamInput } from '../input.js';
import { removedBytes } from '../removed-bytes.js';
import { fingerprint } from '../review/fingerprint.js';
import { StagedTree } from '../staged-tree.js';
import type { GuardLimits } from './budget.js';
import { guard } from './guard.js';

export interface Judged {
  /** `staged` or `refused`, in the order in which they were proposed. */
  readonly edits: readonly Edit[];
  /** Bytes that the staged ones take away. */
  readonly removedBytes: number;
  readonly remarks: readonly string[];
}

/** `rejected`: fingerprints of edits that a reviewer has rejected before; these are left out. */
export type Judge = (
  input: DreamInput,
  proposed: readonly ProposedEdit[],
  rejected: ReadonlySet<string>,
) => Judged;

export const judgeWithin =
  (limits: GuardLimits): Judge =>
  (input, proposed, rejected) => {
    const wanted = proposed.filter((edit) => !rejected.has(fingerprint(edit)));
    const { edits, tree } = guard(input, wanted, limits);
    const left = proposed.length - wanted.length;
    const before = new StagedTree(input.memories.map(({ path, text }) => [path, text]));
    const paths = [...new Set([...before.paths, ...tree.paths])];
    return {
      edits,
      removedBytes: removedBytes(before, tree, paths),
      remarks: left === 0 ? [] : [`${left} edits that were rejected before are not proposed again`],
    };
  };

/** Why the guard refuses the last of these edits, each made with those before it; null: it accepts it. */
export type RefusalOf = (input: DreamInput, edits: readonly ProposedEdit[]) => string | null;

export const refusalWithin =
  (limits: GuardLimits): RefusalOf =>
  (input, edits) =>
    guard(input, edits, limits).edits.at(-1)!.note;
