/** Makes the branch of a dream: the store as it is now, with the dream's edits. */
import { asMemfsError, MemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { Edit } from '../../dream/edit.js';
import { stepsFor } from '../../dream/tree-steps.js';
import type { Store, StoreView } from '../../vfs/store.js';
import { takeStep } from './take-step.js';
import { textOf } from './view-text.js';

/** In ms, between two turns of the loop that answers the kernel. */
const slice = 5;

export interface Staged {
  /** The name of the branch, which is the dream's id; null: no edit came through. */
  readonly branch: string | null;
  /** The record that the branch was forked at. */
  readonly base: number;
  readonly edits: readonly Edit[];
}

/**
 * The store may have changed since the edits were made: those that do not find what they change come back
 * refused. `onEdit` hears how many are done.
 */
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
    judged.push(edit.state === 'staged' ? stagedOn(branch, edit, actor) : edit);
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

/** Returns the edit with its steps taken on the branch; or refused, where they cannot be taken. */
function stagedOn(branch: StoreView, edit: Edit, actor: Actor): Edit {
  try {
    for (const step of stepsFor(edit.changes, (path) => textOf(branch, path))) takeStep(branch, step, actor);
    return edit;
  } catch (thrown) {
    const { code, message } = asMemfsError(thrown);
    if (code !== 'conflict' && code !== 'already_exists' && code !== 'refused_by_policy') throw thrown;
    return { ...edit, state: 'refused', note: `since it was read: ${message}` };
  }
}

/** Throws `busy` while it is mounted; a branch that is not there is no error. */
export function dropBranch(store: Store, dream: string): void {
  if (!store.branches().some(({ name }) => name === dream)) return;
  store.dropBranch(dream, { agent: 'dream', session: dream });
}

export const cancelledError = (): MemfsError => new MemfsError('interrupted', 'the dream was cancelled');
