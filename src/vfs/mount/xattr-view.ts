import { refusal } from '../../core/errors.js';
import { operations } from '../../journal/records/records.js';
import { ifMatchName, ownPrefix } from '../operations/attributes.js';
import { aclName, chmodAcl, encodeAcl, isAclName, parseAcl } from '../store/acl.js';
import type { Inode } from '../store/inode.js';
import { isSymlink } from '../store/mode.js';
import { memoryId, versionId } from '../store/public-ids.js';
import type { Workspace } from '../store/workspace.js';

/**
 * What `user.memfs.*` say of the newest version of a memory. They are answered by name and never listed: a tool
 * that copies all attributes could not set them.
 */
function ownAttributes(workspace: Workspace, inode: Inode): Record<string, string> {
  if (inode.memory === null || inode.version === null) return {};
  const record = workspace.records.get(inode.version);
  if (record === undefined) return {};
  return {
    id: memoryId(workspace.storeId, inode.memory),
    version: versionId(workspace.storeId, record.seq),
    ...(record.sha256 === null ? {} : { sha256: record.sha256.toString('hex') }),
    agent: record.agent,
    session: record.session,
    operation: operations[record.operation]!,
  };
}

/** `session`: whose `user.memfs.if_match` it is. */
export function readXattr(workspace: Workspace, inode: Inode, name: string, session: () => string): Buffer {
  if (name === ifMatchName) {
    const expected = workspace.expectations.get(session(), inode.ino);
    if (expected !== undefined) return Buffer.from(expected.toString('hex'));
  }
  if (name.startsWith(ownPrefix)) {
    const value = ownAttributes(workspace, inode)[name.slice(ownPrefix.length)];
    if (value !== undefined) return Buffer.from(value);
  }
  if (name.startsWith('system.') && !(isAclName(name) && !isSymlink(inode.mode)))
    throw refusal('unsupported', `attribute ${name}`);
  const value = workspace.xattrs.get(inode.ino, name);
  if (value === undefined) throw refusal('no_such_attribute', `${name} is not set`);
  if (name !== aclName.access) return value;
  // The mode is the truth about owner, mask and others; what the ACL says of them may be older than a chmod(2).
  const acl = parseAcl(value);
  return acl === null ? value : encodeAcl(chmodAcl(acl, inode.mode));
}
