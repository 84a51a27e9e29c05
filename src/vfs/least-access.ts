import type { Access, ScopeMatcher } from '../core/scope.js';
import type { Entry } from '../journal/entries.js';
import type { Workspace } from './workspace.js';

const order: Readonly<Record<Access, number>> = { none: 0, ro: 1, rw: 2 };

/** What a file with these names is granted (there is at least one): the least of what its paths are. */
export function leastAccess(workspace: Workspace, matcher: ScopeMatcher, names: readonly Entry[]): Access {
  return names
    .map(({ parent, name }) => matcher.access(workspace.pathOf(parent, name).toString('latin1')))
    .reduce((least, each) => (order[each] < order[least] ? each : least));
}
