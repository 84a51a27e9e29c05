/** Makes an edit of a reviewer's changes on the branch. */
import { type Change, type Edit, pathsOf } from '../edit.js';
import type { StagedTree } from '../staged-tree.js';
import type { Origins, Texts } from './plan.js';
import { merged } from './transplant.js';

/**
 * Carries the changes out in `result`, memory by memory; the edit's note names those that cannot be. Null:
 * nothing was changed.
 */
export function reviewOf(
  staged: StagedTree,
  reviewed: Texts,
  result: StagedTree,
  origins: Origins,
  n: number,
): Edit | null {
  const paths = [...new Set([...staged.paths, ...reviewed.keys()])].filter(
    (path) => staged.text(path) !== reviewed.get(path),
  );
  if (paths.length === 0) return null;
  const taken: Change[] = [];
  const left: string[] = [];
  const all: Change[] = [];
  for (const path of paths.sort()) {
    const change = changeOf(path, staged.text(path), reviewed.get(path));
    all.push(change);
    const obstacle = obstacleTo(path, staged.text(path), reviewed.get(path), result);
    if (obstacle !== null) left.push(obstacle);
    else taken.push(change);
    if (obstacle === null && change.op === 'remove') origins.remove(path);
  }
  const changes = taken.length > 0 ? taken : all;
  return {
    ...{ n, kind: 'review', reason: 'changed by the reviewer', confidence: 1, changes, evidence: [] },
    paths: pathsOf(changes),
    state: taken.length > 0 ? 'applied' : 'left_out',
    note: left.length > 0 ? left.join('; ') : null,
    ...{ sources: ['user'], provable: false },
  };
}

function changeOf(path: string, before: string | undefined, after: string | undefined): Change {
  if (after === undefined) return { op: 'remove', path };
  if (before === undefined) return { op: 'create', path, text: after };
  if (before === '') return { op: 'append', path, text: after };
  return { op: 'replace', path, old: before, new: after, line: 1 };
}

/** Changes one memory of `result`. Returns why it cannot be changed; null: it is. */
function obstacleTo(
  path: string,
  before: string | undefined,
  after: string | undefined,
  result: StagedTree,
): string | null {
  const present = result.text(path);
  if (present === after) return null;
  if (after === undefined) {
    if (present !== before) return `${path}, which the reviewer removed, is not the same on main`;
    result.apply([{ op: 'remove', path }]);
    return null;
  }
  if (before === undefined) {
    if (present !== undefined) return `${path}, which the reviewer made, is there on main already`;
    result.put(path, after);
    return null;
  }
  if (present === undefined) return `${path}, which the reviewer changed, is not there on main`;
  const text = merged(before, present, after);
  if (text === null) return `${path}, which the reviewer changed, is not the same on main at that place`;
  result.put(path, text);
  return null;
}
