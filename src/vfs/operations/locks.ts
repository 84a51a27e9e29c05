import { refusal } from '../../core/errors.js';
import type { LockRequest } from '../filesystem.js';
import type { Operation } from '../store/operation.js';
import type { Part } from '../store/working-state.js';
import { commitOrKeep, commitPartOrKeep } from './commit.js';
import { partsOf } from './parts.js';
import { keepUnfinished } from './refuse.js';

/** A lock request whose numbers are decimal strings: JSON has no 64-bit integers. */
export interface SetLock {
  readonly ino: number;
  readonly handle: number;
  readonly kind: 'posix' | 'flock';
  readonly owner: string;
  readonly type: 'read' | 'write' | 'unlock';
  readonly start: string;
  readonly end: string;
  readonly pid: number;
}

export const toSetLock = (ino: number, handle: number, lock: LockRequest): SetLock => ({
  ino,
  handle,
  kind: lock.kind,
  owner: String(lock.owner),
  type: lock.type,
  start: String(lock.start),
  end: String(lock.end),
  pid: lock.pid,
});

/** Grants or releases a lock at once; `would_block` when another owner stands in the way. */
export const setLock: Operation<SetLock, null> = (context, { ino, handle, ...lock }) => {
  const { workspace, connection } = context;
  const request: LockRequest = {
    ...lock,
    owner: BigInt(lock.owner),
    start: BigInt(lock.start),
    end: BigInt(lock.end),
  };
  if (workspace.locks.conflicting(connection, ino, request) !== undefined)
    throw refusal('would_block', 'the lock is held by another owner');
  context.begin();
  workspace.locks.set(connection, ino, handle, request);
  return null;
};

/** RELEASE of a handle: the locks that were taken through it and outlived every FLUSH. */
export const dropLocks: Operation<{ readonly ino: number; readonly handle: number }, null> = (
  context,
  { ino, handle },
) => {
  const { workspace, connection } = context;
  context.begin();
  workspace.locks.dropHandle(connection, ino, handle);
  return null;
};

/**
 * A kernel connection ended: its handles, locks and node ids go. Whole lines that it had appended are committed; what
 * else it had begun to write and not closed would be half of something: it is kept as a conflict.
 */
export const endConnection: Operation<{ readonly connection: number }, null> = (context, { connection }) => {
  const { workspace } = context;
  context.begin();
  for (const { inode, state } of workspace.uncommitted())
    if (state.connection === connection && inode.nlink > 0) {
      const isOpen = workspace.handlesOf(inode.ino, connection).length > 0;
      const parts = partsOf(state);
      const unfinished = isOpen ? parts.filter((part) => !endsWithLine(part)) : [];
      for (const part of parts) if (!unfinished.includes(part)) commitPartOrKeep(context, inode, state, part);
      for (const part of unfinished) keepUnfinished(context, inode, { state, part });
      if (inode.nlink > 0) commitOrKeep(context, inode, connection);
    }
  for (const handle of [...workspace.handles.values()]) {
    if (handle.connection !== connection) continue;
    workspace.closeHandle(handle);
    const inode = workspace.inodes.find(handle.ino);
    if (inode !== undefined && inode.version === null && inode.writers === 0)
      commitOrKeep(context, inode, connection);
  }
  workspace.locks.dropConnection(connection);
  workspace.controlNodes.dropConnection(connection);
  return null;
};

/** One write(2) may come in parts: of bytes that were appended, only a line feed at their end says that they are whole. */
function endsWithLine({ edits, tails }: Part): boolean {
  return !edits && tails.every(({ content }) => content.read(content.size - 1, 1)[0]?.[0] === 0x0a);
}
