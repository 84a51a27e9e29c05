import { type Inode, workingOf } from '../store/inode.js';
import { fromBinaryString, type Operation, type OperationContext } from '../store/operation.js';
import { type Pending, partOf } from './parts.js';
import { removeUncommitted, takeBack } from './refuse.js';

export interface PolicyRefusal {
  readonly operation: string;
  /** One sentence for a person. */
  readonly reason: string;
}

export interface RefuseByPolicy extends PolicyRefusal {
  readonly ino: number;
  /** The handle that was committed. */
  readonly handle?: number;
}

/** Notes what the policy did not let through. Unlike a conflict's, its bytes must not be stored: they are given up. */
export const refuseByPolicy: Operation<RefuseByPolicy, null> = (context, { ino, handle, ...refusal }) => {
  context.begin();
  const inode = context.workspace.inodes.get(ino);
  const state = workingOf(inode, context.connection);
  const part = state === undefined ? null : partOf(context.workspace, state, handle);
  const pending = state === undefined || part === null ? null : { state, part };
  giveUpByPolicy(context, inode, pending, refusal);
  return null;
};

export interface RefuseByLimit extends PolicyRefusal {
  /** The file; or with `name` the directory where it was to be. */
  readonly ino: number;
  readonly name: string | null;
}

/** Notes that a limit was hit. Nothing of what was written before is given up. */
export const refuseByLimit: Operation<RefuseByLimit, null> = (context, { ino, name, operation, reason }) => {
  const { workspace } = context;
  context.begin();
  const inode = workspace.inodes.get(ino);
  const [entry] = workspace.entries.ofInode(ino);
  const own = entry === undefined ? Buffer.alloc(0) : workspace.pathOf(entry.parent, entry.name);
  workspace.refusals.add({
    timeMs: context.now.ms,
    mount: context.connection,
    actor: context.actor,
    operation,
    code: 'quota',
    cause: reason,
    path: name === null ? own : workspace.pathOf(ino, fromBinaryString(name)),
    ino,
    memory: name === null ? inode.memory : null,
    baseSeq: null,
    headSeq: name === null ? inode.version : null,
    base: null,
    mine: null,
    theirs: null,
  });
  return null;
};

/** The mount sees again what is committed. */
export function giveUpByPolicy(
  context: OperationContext,
  inode: Inode,
  pending: Pending | null,
  { operation, reason }: PolicyRefusal,
): void {
  const { workspace } = context;
  const entry = workspace.versionedEntry(inode);
  workspace.refusals.add({
    timeMs: context.now.ms,
    mount: context.connection,
    actor: pending?.part.actor ?? context.actor,
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
  if (pending !== null) takeBack(context, inode, pending).discard();
  if (inode.version === null && inode.working.length === 0 && entry !== undefined)
    removeUncommitted(context, inode, entry);
}
