import type { Inode } from '../store/inode.js';
import type { OperationContext } from '../store/operation.js';

/** A name in the directory has changed, and so do its times. `was`: the directory that the name stood for, if it did. */
export function touchDirectory(
  context: OperationContext,
  directory: Inode,
  name: Uint8Array,
  was: Inode | null = null,
): void {
  const { now, workspace } = context;
  directory.mtime_sec = directory.ctime_sec = now.sec;
  directory.mtime_nsec = directory.ctime_nsec = now.nsec;
  workspace.inodes.changed(directory);
  context.changedName(directory.ino, name, was?.ino ?? null);
}

/** The inode has changed, but not its content. */
export function touchChange(context: OperationContext, inode: Inode): void {
  inode.ctime_sec = context.now.sec;
  inode.ctime_nsec = context.now.nsec;
  context.workspace.inodes.changed(inode);
  context.changedAttributes(inode.ino);
}
