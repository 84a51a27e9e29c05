import { refusal } from '../../core/errors.js';
import { dropRows, forkRows, unversionedContents } from '../../journal/branches/branch-rows.js';
import { type Branch, mainBranch } from '../../journal/branches/branches.js';
import type { Operation, OperationContext } from '../store/operation.js';
import { rootIno } from '../store/workspace.js';

/** Forks a branch from what is committed on main. Returns its id. */
export const createBranch: Operation<{ readonly name: string }, number> = (context, { name }) => {
  const { tables, inodes, database, records } = context.workspace;
  if (tables.branches.named(name) !== undefined)
    throw refusal('already_exists', `there is a branch "${name}"`);
  context.begin();
  const branch = { id: tables.counters.next('branch'), name, forkSeq: records.head };
  inodes.writeBack();
  tables.branches.add(branch);
  forkRows(database, branch);
  recordBranch(context, 'branched', branch);
  return branch.id;
};

/** Gives a branch up: its rows go, its records stay. */
export const dropBranch: Operation<{ readonly id: number }, null> = (context, { id }) => {
  const { siblings, tables, database, contents, logMarks } = context.workspace;
  const workspace = siblings.withId(id);
  if (id === mainBranch.id) throw refusal('invalid', 'main cannot be dropped');
  context.begin();
  for (const { inode, state } of workspace.uncommitted()) {
    state.discard();
    workspace.dropWorkingState(inode, state);
  }
  workspace.inodes.writeBack();
  for (const content of unversionedContents(database, id)) contents.discard(content);
  workspace.refusals.resolveAll(context.now.ms, 'dropped');
  dropRows(database, id);
  logMarks.clearOf(id);
  workspace.reload();
  tables.branches.drop(id, recordBranch(context, 'dropped', workspace.branch));
  return null;
};

/** The record of a branch is its own, about the root, and has its name where a move has the previous path. */
function recordBranch(
  context: OperationContext,
  operation: 'branched' | 'dropped',
  { id, name }: Branch,
): number {
  return context.workspace.records.append({
    operation,
    branch: id,
    timeMs: context.now.ms,
    actor: context.actor,
    ino: rootIno,
    memory: null,
    parent: null,
    path: Buffer.from('/'),
    previousPath: Buffer.from(name),
    content: null,
    mount: context.connection,
    salt: context.salt(),
  });
}
