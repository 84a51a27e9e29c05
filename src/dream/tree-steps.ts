/** What is to be done to a tree of files for the changes of an edit. */
import type { Change } from './edit.js';
import type { StagedTree } from './staged-tree.js';

export type TreeStep =
  | { readonly op: 'write'; readonly path: string; readonly text: string }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move'; readonly path: string; readonly to: string };

/** Carries the changes out in the tree, all or none, and says how a directory becomes like it: a file is written once. */
export function carryOut(tree: StagedTree, changes: readonly Change[]): TreeStep[] {
  tree.copy().apply(changes);
  const steps: TreeStep[] = [];
  /** Whether the file is there before it is written. */
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
