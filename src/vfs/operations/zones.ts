import { refusal } from '../../core/errors.js';
import type { Entry } from '../../journal/tree/entries.js';
import type { Inode } from '../store/inode.js';
import { isDirectory, isRegular } from '../store/mode.js';
import type { OperationContext } from '../store/operation.js';
import type { Workspace } from '../store/workspace.js';
import { commitFile } from './commit.js';
import { recordedAs } from './namespace.js';
import { recordName } from './record-name.js';

/** A name in its directory with what it stands for. */
export interface Place {
  readonly parent: Inode;
  readonly name: Buffer;
  readonly entry: Entry;
  readonly inode: Inode;
}

/**
 * A directory with more below it does not pass between the versioned and the unversioned part of the tree in one
 * step: it would take longer than the loop may be silent. EXDEV makes mv(1) copy instead.
 */
const maxMoved = 2_000;

export function checkZoneChange(
  workspace: Workspace,
  source: Place,
  newParent: Inode,
  newName: Buffer,
): void {
  if (!isDirectory(source.inode.mode)) return;
  const versioned = workspace.isVersionedName(newParent, newName, true);
  if (versioned === (source.entry.from_seq !== null)) return;
  if (!isSmall(workspace, source.inode))
    throw refusal(
      'crosses_scope',
      `more than ${maxMoved} entries would become versioned, or unversioned, at once`,
    );
}

function isSmall(workspace: Workspace, directory: Inode): boolean {
  let left = maxMoved;
  const directories = [directory];
  for (let next = directories.pop(); next !== undefined; next = directories.pop()) {
    const below = workspace.entries.list(next.ino, 0, left + 1);
    left -= below.length;
    if (left < 0) return false;
    for (const { ino } of below) {
      const child = workspace.inodes.get(ino);
      if (isDirectory(child.mode)) directories.push(child);
    }
  }
  return true;
}

/** The name at its new place: part of history or not, and what the journal says of the way there. */
export function settle(
  context: OperationContext,
  source: Place,
  newParent: Inode,
  newName: Buffer,
  previousPath: Buffer,
): void {
  const { workspace } = context;
  const { inode, entry } = source;
  const versioned = workspace.isVersionedName(newParent, newName, isDirectory(inode.mode));
  inode.versioned = undefined;
  if (entry.from_seq !== null && versioned) {
    const seq = recordName(context, 'renamed', inode, workspace.pathOf(newParent.ino, newName), previousPath);
    workspace.entries.add(newParent.ino, newName, inode.ino, entry.memory, seq);
    return;
  }
  if (entry.from_seq !== null) leaveHistory(context, inode, previousPath);
  workspace.entries.add(newParent.ino, newName, inode.ino, null, null);
  if (entry.from_seq === null && versioned) enterHistory(context, inode, newParent, newName);
}

/** A name of the inode, already ended, leaves the versioned part; its memory ends with the last such name. */
function leaveHistory(context: OperationContext, inode: Inode, path: Buffer): void {
  const { workspace } = context;
  if (isDirectory(inode.mode)) {
    const seq = recordName(context, 'rmdir', inode, path);
    forget(workspace, inode, seq);
    retireBelow(workspace, inode, seq);
  } else if (workspace.versionedEntry(inode) !== undefined) recordName(context, 'unlink', inode, path);
  else forget(workspace, inode, recordName(context, 'deleted', inode, path));
}

function forget(workspace: Workspace, inode: Inode, seq: number): void {
  workspace.inodeTable.keepPast(inode, seq);
  inode.memory = null;
  inode.version = null;
  inode.since = null;
  inode.versioned = undefined;
  workspace.inodes.changed(inode);
}

/** The record of the directory speaks for all that is below. */
function retireBelow(workspace: Workspace, directory: Inode, seq: number): void {
  for (const entry of workspace.entries.list(directory.ino, 0, maxMoved)) {
    if (entry.from_seq === null) continue;
    const child = workspace.inodes.get(entry.ino);
    workspace.entries.end(entry, seq);
    workspace.entries.add(directory.ino, entry.name, entry.ino, null, null);
    child.versioned = undefined;
    if (isDirectory(child.mode)) retireBelow(workspace, child, seq);
    if (!workspace.entries.ofInode(child.ino).some(({ from_seq }) => from_seq !== null))
      forget(workspace, child, seq);
  }
}

/** What was unversioned (or not yet committed) now lies in the versioned part of the tree. */
function enterHistory(context: OperationContext, inode: Inode, parent: Inode, name: Buffer): void {
  const { workspace } = context;
  if (isRegular(inode.mode)) enterAsFile(context, inode, parent, name);
  else {
    const seq = recordName(context, recordedAs(inode.mode), inode, workspace.pathOf(parent.ino, name));
    inode.since = seq;
    workspace.entries.publish(workspace.entry(parent.ino, name), null, seq);
  }
  if (!isDirectory(inode.mode)) return;
  workspace.inodes.forgetVersioned();
  for (const below of workspace.entries.list(inode.ino, 0, maxMoved)) {
    if (below.from_seq !== null) continue;
    const child = workspace.inodes.get(below.ino);
    if (workspace.isVersionedName(inode, below.name, isDirectory(child.mode)))
      enterHistory(context, child, inode, below.name);
  }
}

/** A file that is still being written becomes a version when its writer closes it. */
function enterAsFile(context: OperationContext, inode: Inode, parent: Inode, name: Buffer): void {
  const { workspace } = context;
  if (inode.version !== null) {
    const seq = recordName(context, 'link', inode, workspace.pathOf(parent.ino, name));
    workspace.entries.publish(workspace.entry(parent.ino, name), inode.memory, seq);
    return;
  }
  const isStored = inode.content !== null && inode.working.length === 0;
  if (inode.writers === 0 || isStored) commitFile(context, inode);
}
