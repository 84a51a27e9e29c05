/** What becomes of proposed edits: the guard decides, and what was rejected before is not proposed again. */
import type { ProposedEdit } from '../../dream/edit.js';
import type { GuardLimits } from '../../dream/guard/budget.js';
import { guard } from '../../dream/guard/guard.js';
import type { DreamInput } from '../../dream/input.js';
import { removedBytes } from '../../dream/removed-bytes.js';
import { fingerprint } from '../../dream/review/fingerprint.js';
import { StagedTree } from '../../dream/staged-tree.js';
import type { DreamResult } from './dream-messages.js';

export type Judged = Pick<DreamResult, 'edits' | 'removedBytes' | 'remarks'>;

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
