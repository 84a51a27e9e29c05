/** Makes the branch of a dream: what the store holds now, with the dream's edits. */
import { asMemfsError, MemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import { type Edit, pathsOf } from '../../dream/edit.js';
import { StagedTree } from '../../dream/staged-tree.js';
import { carryOut } from '../../dream/tree-steps.js';
import type { Store, StoreView } from '../../vfs/store.js';
import { takeStep } from './take-step.js';
import { textOf } from './view-text.js';

/** Between two turns of the loop that answers the kernel, in ms. */
const slice = 5;

export interface Staged {
  /** Its name, which is the dream's id; null: no edit came through. */
  readonly branch: string | null;
  /** Where it was forked. */
  readonly base: number;
  readonly edits: readonly Edit[];
}

/** The store may have changed since the edits were made: those that do not find what they change are refused. */
export async function stage(
  store: Store,
  dream: string,
  edits: readonly Edit[],
  onEdit: (done: number) => void,
): Promise<Staged> {
  const actor = { agent: 'dream', session: dream };
  const { fork_seq } = store.createBranch(dream, actor);
  const branch = store.branch(dream);
  const judged: Edit[] = [];
  let began = performance.now();
  for (const edit of edits) {
    judged.push(edit.state === 'staged' ? carriedOut(branch, edit, actor) : edit);
    if (performance.now() - began < slice) continue;
    onEdit(judged.length);
    await new Promise(setImmediate);
    began = performance.now();
  }
  const isEmpty = judged.every(({ state }) => state !== 'staged');
  if (isEmpty) store.dropBranch(dream, actor);
  await store.sync();
  return { branch: isEmpty ? null : dream, base: fork_seq ?? 0, edits: judged };
}

function carriedOut(branch: StoreView, edit: Edit, actor: Actor): Edit {
  try {
    const texts = pathsOf(edit.changes).flatMap((path) => {
      const text = textOf(branch, path);
      return text === null ? [] : [[path, text] as const];
    });
    for (const step of carryOut(new StagedTree(texts), edit.changes)) takeStep(branch, step, actor);
    return edit;
  } catch (thrown) {
    const { code, message } = asMemfsError(thrown);
    if (code !== 'conflict' && code !== 'already_exists' && code !== 'refused_by_policy') throw thrown;
    return { ...edit, state: 'refused', note: `since it was read: ${message}` };
  }
}

/** Whatever there is of it. */
export function dropBranch(store: Store, dream: string): void {
  if (!store.branches().some(({ name }) => name === dream)) return;
  store.dropBranch(dream, { agent: 'dream', session: dream });
}

export const cancelledError = (): MemfsError => new MemfsError('interrupted', 'the dream was cancelled');
