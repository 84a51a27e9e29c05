import { type Inode, workingOf } from '../store/inode.js';
import type { Operation, OperationContext } from '../store/operation.js';
import { removeUncommitted } from './refuse.js';

export interface PolicyRefusal {
  readonly operation: string;
  /** One sentence for a person. */
  readonly reason: string;
}

export interface RefuseByPolicy extends PolicyRefusal {
  readonly ino: number;
}

/** Notes what the policy did not let through. Unlike a conflict's, its bytes must not be stored: they are given up. */
export const refuseByPolicy: Operation<RefuseByPolicy, null> = (context, { ino, ...refusal }) => {
  context.begin();
  const inode = context.workspace.inodes.get(ino);
  giveUpByPolicy(context, inode, context.connection, refusal);
  return null;
};

/** The mount sees again what is committed. */
export function giveUpByPolicy(
  context: OperationContext,
  inode: Inode,
  connection: number,
  { operation, reason }: PolicyRefusal,
): void {
  const { workspace } = context;
  const entry = workspace.versionedEntry(inode);
  const state = workingOf(inode, connection);
  workspace.refusals.add({
    timeMs: context.now.ms,
    mount: connection,
    actor: state?.actor ?? context.actor,
    operation,
    code: 'refused_by_policy',
    cause: reason,
    path: entry === undefined ? Buffer.alloc(0) : workspace.pathOf(entry.parent, entry.name),
    ino: inode.ino,
    memory: inode.memory,
    baseSeq: null,
    headSeq: inode.version,
    base: null,
    mine: null,
    theirs: null,
  });
  if (operation !== 'close') return;
  if (state !== undefined) {
    state.content.discard();
    workspace.dropWorkingState(inode, state);
    context.changedOwnContent(inode.ino);
  }
  if (inode.version === null && entry !== undefined) removeUncommitted(context, inode, entry);
}
