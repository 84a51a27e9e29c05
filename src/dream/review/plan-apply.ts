/** Applies chosen edits of a dream, and what the reviewer changed, to what main holds now. */
import type { Edit } from '../edit.js';
import { StagedTree } from '../staged-tree.js';
import { Origins, type Plan, type Texts } from './plan.js';
import { reviewOf } from './review-edit.js';
import { transplant } from './transplant.js';

export interface ApplyRequest {
  /** The store where the dream's branch was forked. */
  readonly base: Texts;
  /** Main as it is now. */
  readonly head: Texts;
  /** The dream's branch as it is now, with the reviewer's changes. */
  readonly reviewed: Texts;
  readonly edits: readonly Edit[];
  /** Numbers of edits. */
  readonly chosen: ReadonlySet<number>;
}

export interface ApplyPlan extends Plan {
  /**
   * The chosen ones are `applied` or `left_out`, the others as they were; the reviewer's changes come last,
   * if there are any.
   */
  readonly edits: readonly Edit[];
}

export function planApply({ base, head, reviewed, edits, chosen }: ApplyRequest): ApplyPlan {
  const trees: Trees = {
    dream: new StagedTree(base),
    taken: new StagedTree(base),
    result: new StagedTree(head),
  };
  let origins = new Origins(head);
  const skipped: Edit[] = [];
  const judged = edits.map((edit): Edit => {
    if (edit.state !== 'staged') return edit;
    const note = chosen.has(edit.n) ? obstacleTo(edit, trees, skipped) : null;
    if (chosen.has(edit.n) && note === null) {
      origins = followed(origins, edit);
      trees.dream.apply(edit.changes);
      return { ...edit, state: 'applied' };
    }
    trees.dream.apply(edit.changes);
    skipped.push(edit);
    return note === null ? edit : { ...edit, state: 'left_out', note };
  });
  const review = reviewOf(trees.dream, reviewed, trees.result, origins, nextNumber(edits));
  const plan = origins.plan(head, trees.result);
  return { ...plan, edits: review === null ? judged : [...judged, review] };
}

interface Trees {
  /** The tree with all edits up to here, as they were staged. */
  readonly dream: StagedTree;
  /** The tree with the edits that are taken, as if nobody had changed main. */
  readonly taken: StagedTree;
  /** Main as it will be. */
  readonly result: StagedTree;
}

/**
 * Carries the edit out in `taken` and `result`. Returns why it is left out instead; null: it is carried out.
 */
function obstacleTo(edit: Edit, { dream, taken, result }: Trees, skipped: readonly Edit[]): string | null {
  const alone = transplant(edit.changes, dream.copy(), taken.copy(), () => true);
  if (alone !== null) return buildsOn(edit, skipped, alone);
  const unchanged = (path: string): boolean => result.text(path) === taken.text(path);
  const obstacle = transplant(edit.changes, dream.copy(), result, unchanged);
  if (obstacle !== null) return `on main, ${obstacle} since the dream`;
  transplant(edit.changes, dream.copy(), taken, () => true);
  return null;
}

function buildsOn({ paths }: Edit, skipped: readonly Edit[], obstacle: string): string {
  const below = skipped.filter((other) => other.paths.some((path) => paths.includes(path)));
  const numbers = below.map(({ n }) => n);
  if (numbers.length === 0) return obstacle;
  return numbers.length === 1
    ? `builds on edit ${numbers[0]}, which is left out`
    : `builds on edits ${numbers.join(', ')}, which are left out`;
}

function followed(origins: Origins, { changes }: Edit): Origins {
  for (const change of changes)
    if (change.op === 'move') origins.move(change.path, change.to);
    else if (change.op === 'remove') origins.remove(change.path);
  return origins;
}

const nextNumber = (edits: readonly Edit[]): number => Math.max(0, ...edits.map(({ n }) => n)) + 1;
