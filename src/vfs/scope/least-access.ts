import type { Access, ScopeMatcher } from '../../core/scope.js';
import type { Entry } from '../../journal/tree/entries.js';
import type { Workspace } from '../store/workspace.js';

const order: Readonly<Record<Access, number>> = { none: 0, ro: 1, rw: 2 };

/** Whether a file that lies at a granted path has another name, where it is hidden: then it is hidden here too. */
export function isHiddenElsewhere(workspace: Workspace, matcher: ScopeMatcher, ino: number): boolean {
  if (matcher.isWhole) return false;
  const names = workspace.entries.ofInode(ino);
  return names.length > 1 && leastAccess(workspace, matcher, names) === 'none';
}

/** Returns the access to a file with these names (at least one): the least that one of its paths is granted. */
export function leastAccess(workspace: Workspace, matcher: ScopeMatcher, names: readonly Entry[]): Access {
  return names
    .map(({ parent, name }) => matcher.access(workspace.pathOf(parent, name).toString('latin1')))
    .reduce((least, each) => (order[each] < order[least] ? each : least));
}
