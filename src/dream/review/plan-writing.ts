/** Plans what a decision writes: edits and a reviewer's changes, each put down to who made it. */
import type { Actor } from '../../core/model.js';
import type { Edit } from '../edit.js';
import { removedBytes } from '../removed-bytes.js';
import { StagedTree } from '../staged-tree.js';
import type { Texts } from './plan.js';
import { planApply } from './plan-apply.js';
import { planRevert } from './plan-revert.js';
import { afterSteps, difference, expecting } from './text-steps.js';
import { merged, transplant } from './transplant.js';
import type { Writing, WritingStep } from './writing.js';

export type PlannedWriting = Pick<Writing, 'steps' | 'before' | 'after' | 'moved' | 'removedBytes'>;

export interface ApplyFacts {
  /** The memories in question where the branch was forked. */
  readonly base: Texts;
  /** As main holds them now. */
  readonly head: Texts;
  /** As the branch holds them now. */
  readonly reviewed: Texts;
  /** As the branch held them when something of the dream was applied last; null: nothing was. */
  readonly writtenReview: Texts | null;
  readonly edits: readonly Edit[];
  /** Numbers of edits. */
  readonly chosen: ReadonlySet<number>;
  readonly dream: Actor;
  /** The actor who changed the memory on the branch. */
  reviewerOf(path: string): Actor;
}

export function planApplying(facts: ApplyFacts): PlannedWriting & { readonly edits: readonly Edit[] } {
  const { base, head, edits, chosen, dream, reviewerOf } = facts;
  const settled = withApplied(base, edits);
  // What was decided before is on the branch still, and is no change of the reviewer's.
  const open = edits.map((edit) => (isOnBranch(edit) ? { ...edit, state: 'staged' as const } : edit));
  const staged = new StagedTree(settled);
  for (const edit of open) if (edit.state === 'staged') staged.apply(edit.changes);
  const request = { base: settled, head, edits: open, chosen };
  const alone = planApply({ ...request, reviewed: textsOf(staged) });
  const whole = planApply({ ...request, reviewed: newlyReviewed(facts, textsOf(staged)) });
  const made = afterSteps(head, alone.steps);
  const final = afterSteps(head, whole.steps);
  const steps = [
    ...expecting(head, alone.steps, () => dream),
    ...expecting(made, difference(made, final), reviewerOf),
  ];
  const decided = new Map(edits.map((edit) => [edit.n, edit]));
  return {
    ...writingOf(head, final, steps),
    edits: whole.edits.map((edit) => {
      const before = decided.get(edit.n);
      return before === undefined || before.state === 'staged' ? edit : before;
    }),
  };
}

/** The branch as it would be, had its reviewer done only what is not written yet. */
function newlyReviewed({ reviewed, writtenReview }: ApplyFacts, staged: Texts): Texts {
  if (writtenReview === null) return reviewed;
  const texts = new Map(reviewed);
  for (const path of new Set([...staged.keys(), ...reviewed.keys(), ...writtenReview.keys()])) {
    const [ours, then, now] = [staged.get(path), writtenReview.get(path), reviewed.get(path)];
    const hasAll = ours !== undefined && then !== undefined && now !== undefined;
    const text = now === then ? ours : hasAll ? (merged(then, ours, now) ?? now) : now;
    if (text === undefined) texts.delete(path);
    else texts.set(path, text);
  }
  return texts;
}

/** An edit that was decided on without being applied: its changes are on the branch still. */
const isOnBranch = ({ state, note }: Edit): boolean =>
  state === 'rejected' || (state === 'left_out' && note !== null);

/** The base as it would be with the edits that were applied before. */
function withApplied(base: Texts, edits: readonly Edit[]): Texts {
  const home = new StagedTree(base);
  const taken = new StagedTree(base);
  for (const edit of edits) {
    if (edit.kind === 'review') continue;
    if (edit.state === 'applied') transplant(edit.changes, home, taken, () => true);
    else if (edit.state === 'staged' || isOnBranch(edit)) home.apply(edit.changes);
  }
  return textsOf(taken);
}

export interface RevertFacts {
  /** The newest first. */
  readonly writings: readonly Writing[];
  readonly head: Texts;
  readonly actor: Actor;
}

export function planReverting({
  writings,
  head,
  actor,
}: RevertFacts): PlannedWriting & { readonly leftOut: readonly { path: string; note: string }[] } {
  let present = head;
  const steps: WritingStep[] = [];
  const leftOut: { path: string; note: string }[] = [];
  for (const { before, after, moved } of writings) {
    const plan = planRevert({ before: new Map(before), after: new Map(after), moved, head: present });
    steps.push(...expecting(present, plan.steps, () => actor));
    leftOut.push(...plan.leftOut);
    present = afterSteps(present, plan.steps);
  }
  return { ...writingOf(head, present, steps), leftOut };
}

function writingOf(head: Texts, final: Texts, steps: readonly WritingStep[]): PlannedWriting {
  const touched = new Set(
    steps.flatMap(({ step }) => (step.op === 'move' ? [step.path, step.to] : [step.path])),
  );
  const of = (texts: Texts): [string, string][] => [...texts].filter(([path]) => touched.has(path));
  return {
    steps,
    before: of(head),
    after: of(final),
    moved: steps.flatMap(({ step }) => (step.op === 'move' ? [{ path: step.path, to: step.to }] : [])),
    removedBytes: removedBytes(new StagedTree(head), new StagedTree(final), [...touched]),
  };
}

const textsOf = (tree: StagedTree): Texts => new Map(tree.paths.map((path) => [path, tree.text(path)!]));
