/** The steps that an edit takes on a tree of files. */
import { type Change, pathsOf } from './edit.js';
import { StagedTree } from './staged-tree.js';

export type TreeStep =
  | { readonly op: 'write'; readonly path: string; readonly text: string }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move'; readonly path: string; readonly to: string };

/** `textAt`: what the tree holds at a path; null: nothing. Throws what `carryOut` throws. */
export function stepsFor(changes: readonly Change[], textAt: (path: string) => string | null): TreeStep[] {
  const texts = pathsOf(changes).flatMap((path) => {
    const text = textAt(path);
    return text === null ? [] : [[path, text] as const];
  });
  return carryOut(new StagedTree(texts), changes);
}

/**
 * Carries the changes out in the tree, all or none, and returns the steps that make a directory like it: each
 * file is written once. Throws `conflict` where a change does not find what it changes.
 */
export function carryOut(tree: StagedTree, changes: readonly Change[]): TreeStep[] {
  tree.copy().apply(changes);
  const steps: TreeStep[] = [];
  /** Path to whether the file was there before. */
  const unwritten = new Map<string, boolean>();
  const write = (path: string): void => {
    if (unwritten.delete(path)) steps.push({ op: 'write', path, text: tree.text(path)! });
  };
  for (const change of changes) {
    const { op, path } = change;
    if (op === 'move') write(path);
    const isThere = unwritten.get(path) ?? tree.text(path) !== undefined;
    tree.apply([change]);
    if (op === 'move') steps.push({ op, path, to: change.to });
    else if (op !== 'remove') unwritten.set(path, isThere);
    else {
      unwritten.delete(path);
      if (isThere) steps.push({ op, path });
    }
  }
  for (const path of [...unwritten.keys()]) write(path);
  return steps;
}
