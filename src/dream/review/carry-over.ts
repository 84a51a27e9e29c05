/** Takes what a reviewer has changed on the branch of one dream over to the branch of the next. */
import type { Edit } from '../edit.js';
import { StagedTree } from '../staged-tree.js';
import type { TreeStep } from '../tree-steps.js';
import type { Texts } from './plan.js';
import { merged } from './transplant.js';

/** One memory as the dream left it and as its reviewer did; undefined: there is none. */
export interface ReviewerChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** `base`: the memories where the branch was forked; `reviewed`: as the branch holds them now. */
export function reviewerChanges(base: Texts, reviewed: Texts, edits: readonly Edit[]): ReviewerChange[] {
  const staged = new StagedTree(base);
  for (const { state, kind, changes } of edits)
    if (state !== 'refused' && kind !== 'review') staged.apply(changes);
  return [...new Set([...staged.paths, ...reviewed.keys()])]
    .map((path) => ({ path, before: staged.text(path), after: reviewed.get(path) }))
    .filter(({ before, after }) => before !== after);
}

/**
 * The step that makes the change on a branch that holds `present` (null: nothing) at its path; null: none is
 * needed. Where both sides changed the same lines, the reviewer's text stands as it was: a person wrote it.
 */
export function carriedOver(
  { path, before, after }: ReviewerChange,
  present: string | null,
): Exclude<TreeStep, { op: 'move' }> | null {
  if (after === undefined) return present === null ? null : { op: 'remove', path };
  const text = before === undefined || present === null ? after : (merged(before, present, after) ?? after);
  return text === present ? null : { op: 'write', path, text };
}
