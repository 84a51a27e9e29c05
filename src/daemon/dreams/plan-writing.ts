/** From decisions to what is to be written: edits and a reviewer's changes, each put down to who made them. */
import type { Actor } from '../../core/model.js';
import type { Edit } from '../../dream/edit.js';
import { removedBytes } from '../../dream/removed-bytes.js';
import type { Texts } from '../../dream/review/plan.js';
import { planApply } from '../../dream/review/plan-apply.js';
import { planRevert } from '../../dream/review/plan-revert.js';
import { merged, transplant } from '../../dream/review/transplant.js';
import { StagedTree } from '../../dream/staged-tree.js';
import type { TreeStep } from '../../dream/tree-steps.js';
import type { Writing, WritingStep } from '../../dream/writings.js';

export type PlannedWriting = Pick<Writing, 'steps' | 'before' | 'after' | 'moved' | 'removedBytes'>;

export interface ApplyFacts {
  /** What the branch was forked from, what main holds now, what the branch holds now: of the paths in question. */
  readonly base: Texts;
  readonly head: Texts;
  readonly reviewed: Texts;
  /** What the branch held when something of the dream was applied last; null: nothing was. */
  readonly writtenReview: Texts | null;
  readonly edits: readonly Edit[];
  readonly chosen: ReadonlySet<number>;
  readonly dream: Actor;
  /** Who changed this memory in the shadow directory. */
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
  const made = carriedOut(head, alone.steps);
  const final = carriedOut(head, whole.steps);
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

/** What the branch would hold, had its reviewer done only what is not written yet. */
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

/** Decided on without being applied: its changes are on the branch. */
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
    present = carriedOut(present, plan.steps);
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

/** Each step with what it finds when those before it are done. */
function expecting(head: Texts, steps: readonly TreeStep[], actorOf: (path: string) => Actor): WritingStep[] {
  const texts = new Map(head);
  return steps.map((step) => {
    const { agent, session } = actorOf(step.path);
    const expected = texts.get(step.path) ?? null;
    carryOut(texts, step);
    return { step, expected, agent, session };
  });
}

function carriedOut(head: Texts, steps: readonly TreeStep[]): Texts {
  const texts = new Map(head);
  for (const step of steps) carryOut(texts, step);
  return texts;
}

function carryOut(texts: Map<string, string>, step: TreeStep): void {
  if (step.op === 'write') texts.set(step.path, step.text);
  else {
    const text = texts.get(step.path);
    texts.delete(step.path);
    if (step.op === 'move' && text !== undefined) texts.set(step.to, text);
  }
}

function difference(from: Texts, to: Texts): TreeStep[] {
  const paths = [...new Set([...from.keys(), ...to.keys()])].sort();
  return paths.flatMap((path): TreeStep[] => {
    const text = to.get(path);
    if (text === from.get(path)) return [];
    return text === undefined ? [{ op: 'remove', path }] : [{ op: 'write', path, text }];
  });
}

const textsOf = (tree: StagedTree): Texts => new Map(tree.paths.map((path) => [path, tree.text(path)!]));
