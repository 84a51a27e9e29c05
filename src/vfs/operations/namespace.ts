import { refusal } from '../../core/errors.js';
import type { Operation as OperationName } from '../../core/model.js';
import type { Entry } from '../../journal/tree/entries.js';
import { aclName, encodeAcl, inheritAcl, parseAcl } from '../store/acl.js';
import type { Inode } from '../store/inode.js';
import { FileType, isDirectory, isRegular, isSymlink, setgid } from '../store/mode.js';
import { fromBinaryString, type Operation, type OperationContext } from '../store/operation.js';
import type { Workspace } from '../store/workspace.js';
import { commitFile } from './commit.js';
import { refuseIfStale } from './preconditions.js';
import { recordName } from './record-name.js';
import { touchChange, touchDirectory } from './touch.js';

/** Linux's limit for one name (limits.h, NAME_MAX); the kernel lets FUSE names be up to 1,024 bytes long. */
const nameBytes = 255;
const maxLinks = 65_000;

export interface NewNode {
  readonly parent: number;
  readonly name: string;
  /** With the file type bits. */
  readonly mode: number;
  /** Taken off the mode unless the directory has a default ACL; absent: 0. */
  readonly umask?: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev?: number;
  /** Of a symlink. */
  readonly target?: string;
}

export function checkName(name: Buffer): void {
  if (name.length > nameBytes)
    throw refusal('name_too_long', `the name has ${name.length} bytes, the limit is ${nameBytes}`);
}

/** Makes an inode with the owner that POSIX gives it: a set-group-id directory passes its group on. */
export function makeInode(
  context: OperationContext,
  parent: Inode,
  node: Omit<NewNode, 'parent' | 'name'>,
): Inode {
  const { workspace, now } = context;
  const inherits = (parent.mode & setgid) !== 0;
  const ino = workspace.counters.next('inode');
  workspace.xattrs.begin(ino);
  const mode = inheritMode(workspace, parent, ino, node);
  return workspace.inodes.add({
    ino,
    mode: inherits && isDirectory(mode) ? mode | setgid : mode,
    uid: node.uid,
    gid: inherits ? parent.gid : node.gid,
    rdev: node.rdev ?? 0,
    nlink: isDirectory(node.mode) ? 2 : 1,
    size: node.target?.length ?? 0,
    atime_sec: now.sec,
    atime_nsec: now.nsec,
    mtime_sec: now.sec,
    mtime_nsec: now.nsec,
    ctime_sec: now.sec,
    ctime_nsec: now.nsec,
    content: null,
    memory: null,
    version: null,
    since: null,
    target: node.target === undefined ? null : fromBinaryString(node.target),
  });
}

/** acl(5), "Object creation and default ACLs": a default ACL takes the place of the umask and is passed on. */
function inheritMode(
  { xattrs }: Workspace,
  parent: Inode,
  ino: number,
  { mode, umask = 0 }: Pick<NewNode, 'mode' | 'umask'>,
): number {
  const value = isSymlink(mode) ? undefined : xattrs.get(parent.ino, aclName.default);
  const defaults = value === undefined ? null : parseAcl(value);
  if (defaults === null) return mode & ~(umask & 0o777);
  const inherited = inheritAcl(defaults, mode);
  if (inherited.access !== null) xattrs.put(ino, aclName.access, encodeAcl(inherited.access));
  if (isDirectory(mode)) xattrs.put(ino, aclName.default, encodeAcl(defaults));
  return inherited.mode;
}

/** The operation that makes a node of this type, for one that is not a regular file. */
export const recordedAs = (mode: number): OperationName => {
  if (isDirectory(mode)) return 'mkdir';
  return (mode & FileType.mask) === FileType.symlink ? 'symlink' : 'mknod';
};

/** mkdir, mknod, symlink. A regular file made by mknod(2) is never flushed, so it is committed here. */
export const makeNode: Operation<NewNode, number> = (context, node) => {
  const { workspace } = context;
  const name = fromBinaryString(node.name);
  checkName(name);
  const parent = workspace.directory(node.parent);
  if (workspace.entries.find(parent.ino, name) !== undefined)
    throw refusal('already_exists', 'the name is taken');
  const directory = isDirectory(node.mode);
  if (directory && parent.nlink >= maxLinks) throw refusal('too_many_links', 'too many subdirectories');
  context.begin();
  const inode = makeInode(context, parent, node);
  if (directory) parent.nlink++;
  touchDirectory(context, parent, name);
  const versioned = workspace.isVersionedName(parent, name, directory);
  if (versioned && !isRegular(node.mode)) {
    const seq = recordName(context, recordedAs(node.mode), inode, workspace.pathOf(parent.ino, name));
    inode.since = seq;
    workspace.entries.addFirst(parent.ino, name, inode.ino, seq);
  } else {
    workspace.entries.addFirst(parent.ino, name, inode.ino, null);
    if (isRegular(node.mode)) commitFile(context, inode);
  }
  return inode.ino;
};

export interface NewFile extends NewNode {
  readonly flags: number;
}

export interface OpenedFile {
  readonly ino: number;
  readonly handle: number;
}

/** O_CREAT of a name that is free. The first commit makes its record. */
export const createFile: Operation<NewFile, OpenedFile> = (context, node) => {
  const { workspace, connection, actor } = context;
  const name = fromBinaryString(node.name);
  checkName(name);
  const parent = workspace.directory(node.parent);
  if (workspace.entries.find(parent.ino, name) !== undefined)
    throw refusal('already_exists', 'the name is taken');
  context.begin();
  const inode = makeInode(context, parent, node);
  touchDirectory(context, parent, name);
  workspace.entries.addFirst(parent.ino, name, inode.ino, null);
  // Open for reading only too: the handle's close is what puts the empty file into the journal.
  const handle = workspace.openHandle({ connection, ino: inode.ino, flags: node.flags, actor });
  return { ino: inode.ino, handle: handle.id };
};

/** O_TMPFILE: an inode without a name; it makes no version until linkat(2) gives it one. */
export const createUnnamed: Operation<Omit<NewFile, 'name'>, OpenedFile> = (context, node) => {
  const { workspace, connection, actor } = context;
  const parent = workspace.directory(node.parent);
  context.begin();
  const inode = makeInode(context, parent, node);
  inode.nlink = 0;
  const handle = workspace.openHandle({ connection, ino: inode.ino, flags: node.flags, actor });
  return { ino: inode.ino, handle: handle.id };
};

export interface NewLink {
  readonly ino: number;
  readonly parent: number;
  readonly name: string;
}

export const link: Operation<NewLink, number> = (context, args) => {
  const { workspace } = context;
  const name = fromBinaryString(args.name);
  checkName(name);
  const inode = workspace.inodes.get(args.ino);
  const parent = workspace.directory(args.parent);
  if (isDirectory(inode.mode)) throw refusal('not_permitted', 'a directory has one name');
  if (inode.nlink >= maxLinks) throw refusal('too_many_links', 'too many names');
  if (workspace.entries.find(parent.ino, name) !== undefined)
    throw refusal('already_exists', 'the name is taken');
  context.begin();
  const unnamed = inode.nlink === 0;
  inode.nlink++;
  inode.versioned = undefined;
  touchChange(context, inode);
  touchDirectory(context, parent, name);
  const inHistory = !isRegular(inode.mode) || inode.version !== null;
  if (inHistory && workspace.isVersionedName(parent, name, false)) {
    const seq = recordName(context, 'link', inode, workspace.pathOf(parent.ino, name));
    inode.since ??= seq;
    workspace.entries.add(parent.ino, name, inode.ino, inode.memory, seq);
  } else {
    workspace.entries.add(parent.ino, name, inode.ino, null, null);
    if (unnamed || inode.writers === 0) commitFile(context, inode);
  }
  return inode.ino;
};

export interface Name {
  readonly parent: number;
  readonly name: string;
}

export const unlink: Operation<Name, number> = (context, args) => {
  const { workspace } = context;
  const name = fromBinaryString(args.name);
  const parent = workspace.directory(args.parent);
  const entry = workspace.entry(parent.ino, name);
  const inode = workspace.inodes.get(entry.ino);
  if (isDirectory(inode.mode)) throw refusal('is_a_directory', 'it is a directory');
  refuseIfStale(context, inode);
  context.begin();
  removeName(context, parent, entry, inode);
  return inode.ino;
};

/** Takes one name of a file away; the inode stays while somebody has it open. */
export function removeName(context: OperationContext, parent: Inode, entry: Entry, inode: Inode): void {
  const { workspace } = context;
  const path = entry.from_seq === null ? null : workspace.pathOf(parent.ino, entry.name);
  inode.nlink--;
  inode.versioned = undefined;
  touchChange(context, inode);
  touchDirectory(context, parent, entry.name);
  if (path === null) {
    workspace.entries.end(entry, null);
    return;
  }
  const seq = recordName(context, inode.nlink > 0 ? 'unlink' : 'deleted', inode, path);
  workspace.entries.end(entry, seq);
  if (inode.nlink === 0) workspace.inodeTable.keepPast(inode, seq);
}

export const rmdir: Operation<Name, number> = (context, args) => {
  const { workspace } = context;
  const name = fromBinaryString(args.name);
  const parent = workspace.directory(args.parent);
  const entry = workspace.entry(parent.ino, name);
  const inode = workspace.inodes.get(entry.ino);
  if (!isDirectory(inode.mode)) throw refusal('not_a_directory', 'it is not a directory');
  if (!workspace.entries.isEmpty(inode.ino)) throw refusal('not_empty', 'the directory is not empty');
  context.begin();
  removeDirectory(context, parent, entry, inode);
  return inode.ino;
};

export function removeDirectory(context: OperationContext, parent: Inode, entry: Entry, inode: Inode): void {
  const { workspace } = context;
  if (entry.from_seq === null) workspace.entries.end(entry, null);
  else {
    const seq = recordName(context, 'rmdir', inode, workspace.pathOf(parent.ino, entry.name));
    workspace.entries.end(entry, seq);
    workspace.inodeTable.keepPast(inode, seq);
  }
  inode.nlink = 0;
  parent.nlink--;
  touchChange(context, inode);
  touchDirectory(context, parent, entry.name, inode);
}
