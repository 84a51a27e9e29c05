/** Reads the memories that a dream or its reviewer touched, as they were, are, and would be. */
import type { Actor } from '../../core/model.js';
import type { VersionSelector } from '../../core/versions.js';
import type { Dream } from '../../dream/dream.js';
import type { Edit } from '../../dream/edit.js';
import type { DecisionFacts } from '../../dream/review/decisions.js';
import type { Texts } from '../../dream/review/plan.js';
import type { Store, StoreView } from '../../vfs/store.js';
import { isFree, textOf } from './view-text.js';

/** In ms, between two turns of the loop that answers the kernel. */
const slice = 5;

export type BranchFacts = DecisionFacts & {
  /** Paths at which a reviewer has put something on the branch that is no text, and cannot be applied. */
  readonly notText: readonly string[];
};

/**
 * Looks for what changed on the branch in slices, then reads all of it in one turn. `actor`: who is named
 * where nobody has changed a memory on the branch. `reviewedUpTo`: the record of the branch up to which a
 * reviewer's changes are written already; null: none are.
 */
export async function branchFacts(
  store: Store,
  { id, base }: Dream,
  edits: readonly Edit[],
  actor: Actor,
  reviewedUpTo: number | null,
): Promise<BranchFacts> {
  const branch = store.branch(id);
  for (;;) {
    const newest = newestOf(branch);
    const paths = new Set(edits.flatMap((edit) => edit.paths));
    for await (const path of changedPaths(branch, base!)) paths.add(path);
    if (newestOf(branch) !== newest) continue;
    const dream = { agent: 'dream', session: id };
    const reviewers = reviewersOf(branch, base!, dream);
    const reviewed = textsAt(branch, paths);
    return {
      base: textsAt(branch, paths, base!),
      head: withObstacles(store, paths, textsAt(store, paths)),
      reviewed,
      notText: [...paths].filter((path) => !reviewed.has(path) && !isFree(branch, path)),
      writtenReview: reviewedUpTo === null ? null : textsAt(branch, paths, reviewedUpTo),
      newest,
      dream,
      reviewerOf: (path) => reviewers.get(path) ?? actor,
    };
  }
}

/** No memory holds this text, so no change fits what it stands for. */
const notText = '\0';

/** With `notText` where a binary file, a directory or a link stands in the way of a memory. */
function withObstacles(store: StoreView, paths: Iterable<string>, texts: Texts): Texts {
  const all = new Map(texts);
  for (const path of paths) if (!all.has(path) && !isFree(store, path)) all.set(path, notText);
  return all;
}

function newestOf(branch: StoreView): number {
  for (const { seq } of branch.log({ reverse: true, limit: 1 })) return seq;
  return 0;
}

async function* changedPaths(branch: StoreView, base: number): AsyncGenerator<string> {
  let began = performance.now();
  for (const { path } of branch.diff(base, undefined)) {
    yield path;
    if (performance.now() - began < slice) continue;
    await new Promise(setImmediate);
    began = performance.now();
  }
}

/** Path to the actor of the newest version on the branch, where that is not the dream. */
function reviewersOf(branch: StoreView, base: number, dream: Actor): ReadonlyMap<string, Actor> {
  const reviewers = new Map<string, Actor>();
  for (const { path, previous_path, agent, session } of branch.log({ after: base }))
    if (session !== dream.session)
      for (const each of [path, previous_path]) if (each !== null) reviewers.set(each, { agent, session });
  return reviewers;
}

export function textsAt(view: StoreView, paths: Iterable<string>, version?: VersionSelector): Texts {
  const texts = new Map<string, string>();
  for (const path of paths) {
    const text = textOf(view, path, version);
    if (text !== null) texts.set(path, text);
  }
  return texts;
}
