/** Judges edits mechanically, whoever proposed them. What it refuses is kept, with the reason. */
import { MemfsError } from '../../core/errors.js';
import { type Edit, type ProposedEdit, pathsOf } from '../edit.js';
import type { DreamInput } from '../input.js';
import { removedBytes } from '../removed-bytes.js';
import { StagedTree } from '../staged-tree.js';
import { verificationAgrees } from './agreement.js';
import { bookkeepingOf } from './bookkeeping.js';
import { Budget, type GuardLimits } from './budget.js';
import { Compounds } from './compounds.js';
import { Exhibits } from './exhibits.js';
import { noFactIsLost } from './facts.js';
import { nothingIsMadeUp } from './grounding.js';
import { evidenceInstructsNobody, newTextInstructsNobody } from './instructions.js';
import { nothingIsBoth, pathsAreValid } from './paths.js';
import { noNameIsPrivate, nothingPrivateComesIn } from './privacy.js';
import { noProseIsLost } from './prose.js';
import { isProvable } from './provable.js';
import { nothingComesFromOtherStores, nothingLeavesItsScope } from './readers.js';
import { Statements } from './statements.js';
import { evidenceExists, evidenceSuffices } from './sufficient-evidence.js';
import type { Rule, Trial } from './trial.js';

export interface Guarded {
  /** In the order in which they were proposed, `staged` or `refused`. */
  readonly edits: readonly Edit[];
  /** The memories that the dream was made from, with the staged edits. */
  readonly tree: StagedTree;
}

/** Judges one edit after the other, each on the tree with the accepted ones before it. */
export function guard(input: DreamInput, proposed: readonly ProposedEdit[], limits: GuardLimits): Guarded {
  const exhibits = new Exhibits(input, proposed);
  const tree = new StagedTree(input.memories.map(({ path, text }) => [path, text]));
  const storeBytes = input.memories.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const budget = new Budget(storeBytes, limits);
  const rules: readonly Rule[] = [
    pathsAreValid,
    nothingIsBoth,
    evidenceExists,
    evidenceInstructsNobody,
    evidenceSuffices,
    verificationAgrees,
    noFactIsLost,
    noProseIsLost,
    nothingIsMadeUp,
    nothingPrivateComesIn,
    noNameIsPrivate,
    newTextInstructsNobody,
    nothingComesFromOtherStores(input),
    nothingLeavesItsScope(input),
    budget.staysInside,
  ];
  const statements = new Statements();
  const compounds = new Compounds(input.memories.map(({ text }) => text));
  // A name without a hyphen is one by its capital.
  const isName = (name: string): boolean => !name.includes('-') || compounds.isName(name);
  const isBookkeeping = bookkeepingOf(input);
  const edits = proposed.map((edit, at): Edit => {
    const paths = pathsOf(edit.changes);
    const found = edit.evidence.map((evidence) => exhibits.of(evidence));
    const after = tree.copy();
    const note = inapplicable(after, edit);
    const trial: Trial = {
      ...{ edit, input, before: tree, after, paths },
      ...{ statements, isName, isBookkeeping, exhibits: found },
    };
    const refused = note ?? firstOf(rules, trial);
    const provable = refused === null && isProvable(trial);
    if (refused === null) {
      budget.spend(removedBytes(tree, after, paths));
      tree.apply(edit.changes);
    }
    return {
      ...edit,
      n: at + 1,
      paths,
      state: refused === null ? 'staged' : 'refused',
      note: refused,
      sources: [...new Set(found.map(({ source }) => source))].sort(),
      provable,
    };
  });
  return { edits, tree };
}

/** Carries the edit out in the tree. Returns why it cannot be; null: it is done. */
function inapplicable(tree: StagedTree, { changes }: ProposedEdit): string | null {
  try {
    tree.apply(changes);
    return null;
  } catch (error) {
    if (error instanceof MemfsError && error.code === 'conflict') return error.message;
    throw error;
  }
}

function firstOf(rules: readonly Rule[], trial: Trial): string | null {
  for (const rule of rules) {
    const note = rule(trial);
    if (note !== null) return note;
  }
  return null;
}
