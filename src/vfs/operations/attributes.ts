import { refusal } from '../../core/errors.js';
import type { Timestamp } from '../../core/model.js';
import type { AttrChanges } from '../filesystem.js';
import { aclName, encodeAcl, isAclName, isMinimumAcl, modeOf, parseAcl } from '../store/acl.js';
import type { Inode } from '../store/inode.js';
import { isDirectory, isSymlink, permissionBits, setgid, withoutSetId } from '../store/mode.js';
import type { Operation, OperationContext } from '../store/operation.js';
import { truncate } from './data.js';
import { recordName } from './record-name.js';
import { touchChange } from './touch.js';

export interface SetAttributes {
  readonly ino: number;
  readonly changes: AttrChanges;
}

/** chmod(2), chown(2), utimensat(2), truncate(2), together or alone. */
export const setAttributes: Operation<SetAttributes, null> = (context, { ino, changes }) => {
  const { workspace, now } = context;
  const inode = workspace.inodes.get(ino);
  if (changes.size !== undefined)
    truncate(context, {
      ino,
      size: changes.size,
      handle: changes.handle ?? null,
      killPrivileges: changes.killPrivileges ?? false,
    });
  context.begin();
  setOwnerAndMode(context, inode, changes);
  if (changes.atime !== undefined) {
    const time = changes.atime === 'now' ? now : changes.atime;
    inode.atime_sec = time.sec;
    inode.atime_nsec = time.nsec;
  }
  if (changes.mtime !== undefined) {
    const time: Timestamp = changes.mtime === 'now' ? now : changes.mtime;
    inode.mtime_sec = time.sec;
    inode.mtime_nsec = time.nsec;
  }
  touchChange(context, inode);
  return null;
};

function setOwnerAndMode(context: OperationContext, inode: Inode, changes: AttrChanges): void {
  let mode =
    changes.mode === undefined
      ? inode.mode
      : (inode.mode & ~permissionBits) | (changes.mode & permissionBits);
  const chown = changes.uid !== undefined || changes.gid !== undefined;
  // Linux clears set-id bits at every chown of a file that is no directory (chown_common in fs/open.c).
  if (chown && changes.mode === undefined && !isDirectory(inode.mode)) mode = withoutSetId(mode);
  const uid = changes.uid ?? inode.uid;
  const gid = changes.gid ?? inode.gid;
  if (mode === inode.mode && uid === inode.uid && gid === inode.gid) return;
  record(context, inode);
  inode.mode = mode;
  inode.uid = uid;
  inode.gid = gid;
}

/** Mode and owner are part of history once the inode is. */
function record(context: OperationContext, inode: Inode): void {
  const { workspace } = context;
  if (inode.since === null || inode.nlink === 0) return;
  const entry = workspace.versionedEntry(inode);
  if (entry === undefined && inode.ino !== 1) return;
  const path = entry === undefined ? Buffer.from('/') : workspace.pathOf(entry.parent, entry.name);
  const seq = recordName(context, 'attributes', inode, path);
  workspace.inodeTable.keepPast(inode, seq);
  inode.since = seq;
}

const maxValueBytes = 65_536;
const create = 1;
const replace = 2;

/** Attributes that memfsd itself answers. */
export const ownPrefix = 'user.memfs.';

/** The SHA-256 that the session's next write must still find: one-shot, for each session its own. */
export const ifMatchName = `${ownPrefix}if_match`;

export interface SetXattr {
  readonly ino: number;
  readonly name: string;
  /** XATTR_CREATE 1, XATTR_REPLACE 2. */
  readonly flags: number;
  /** An access ACL takes the set-group-id bit away. */
  readonly killSetgid?: boolean;
}

export const setXattr: Operation<SetXattr, null> = (context, args, value) => {
  const { workspace } = context;
  const { ino, name, flags } = args;
  if (name === ifMatchName) return expectContent(context, ino, value);
  if (isAclName(name)) return setAcl(context, args, value);
  checkXattrName(name);
  if (value.length > maxValueBytes) throw refusal('limit', 'an attribute value may have 64 KiB at most');
  const inode = workspace.inodes.get(ino);
  const present = workspace.xattrs.get(ino, name) !== undefined;
  if (flags & create && present) throw refusal('already_exists', `${name} is set`);
  if (flags & replace && !present) throw refusal('no_such_attribute', `${name} is not set`);
  context.begin();
  workspace.xattrs.put(ino, name, value);
  touchChange(context, inode);
  return null;
};

function expectContent(context: OperationContext, ino: number, value: Buffer): null {
  const { workspace, actor } = context;
  const text = value.toString('latin1').trim();
  if (!/^[0-9a-fA-F]{64}$/.test(text)) throw refusal('invalid', `${ifMatchName} is a SHA-256 in hexadecimal`);
  if (workspace.inodes.get(ino).version === null)
    throw refusal('unsupported', 'only a memory has a content to expect');
  context.begin();
  workspace.expectations.put(actor.session, ino, Buffer.from(text, 'hex'));
  return null;
}

function expectNothing(context: OperationContext, ino: number): null {
  const { workspace, actor } = context;
  if (workspace.expectations.get(actor.session, ino) === undefined)
    throw refusal('no_such_attribute', `${ifMatchName} is not set`);
  context.begin();
  workspace.expectations.delete(actor.session, ino);
  return null;
}

/** vfs_set_acl(), which knows no XATTR_CREATE or XATTR_REPLACE. */
function setAcl(context: OperationContext, { ino, name, killSetgid }: SetXattr, value: Buffer): null {
  const { workspace } = context;
  const inode = workspace.inodes.get(ino);
  const acl = parseAcl(value);
  if (acl === null) return removeAcl(context, inode, name);
  checkAclHolder(inode);
  if (name === aclName.default && !isDirectory(inode.mode))
    throw refusal('access_denied', 'only a directory has a default ACL');
  context.begin();
  if (name === aclName.access) {
    const kept = inode.mode & ~0o777 & ~(killSetgid ? setgid : 0);
    setOwnerAndMode(context, inode, { mode: kept | modeOf(acl) });
  }
  if (name === aclName.access && isMinimumAcl(acl)) workspace.xattrs.delete(ino, name);
  else workspace.xattrs.put(ino, name, encodeAcl(acl));
  touchChange(context, inode);
  return null;
}

/** The mode stays as it is. An ACL that is not there is no error, unlike other attributes. */
function removeAcl(context: OperationContext, inode: Inode, name: string): null {
  const { workspace } = context;
  checkAclHolder(inode);
  if (workspace.xattrs.get(inode.ino, name) === undefined) return null;
  context.begin();
  workspace.xattrs.delete(inode.ino, name);
  touchChange(context, inode);
  return null;
}

function checkAclHolder(inode: Inode): void {
  if (isSymlink(inode.mode)) throw refusal('unsupported', 'a symbolic link has no ACL');
}

export const removeXattr: Operation<{ readonly ino: number; readonly name: string }, null> = (
  context,
  { ino, name },
) => {
  const { workspace } = context;
  if (name === ifMatchName) return expectNothing(context, ino);
  if (isAclName(name)) return removeAcl(context, workspace.inodes.get(ino), name);
  checkXattrName(name);
  const inode = workspace.inodes.get(ino);
  if (workspace.xattrs.get(ino, name) === undefined) throw refusal('no_such_attribute', `${name} is not set`);
  context.begin();
  workspace.xattrs.delete(ino, name);
  touchChange(context, inode);
  return null;
};

function checkXattrName(name: string): void {
  if (name.startsWith(ownPrefix)) throw refusal('not_permitted', `${name} is answered by memfsd`);
  if (!/^(user|trusted|security)\./.test(name)) throw refusal('unsupported', `attribute ${name}`);
}
