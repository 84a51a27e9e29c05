/**
 * Access control lists as POSIX.1e has them (acl(5)), in the form in which Linux passes them as extended
 * attributes (linux/posix_acl_xattr.h, fs/posix_acl.c). Pure: bytes and numbers.
 *
 * The permission checks are the kernel's (FUSE_POSIX_ACL); what an ACL does to the mode, and the mode to an ACL,
 * is the file system's.
 */
import { refusal } from '../../core/errors.js';

export const aclName = {
  access: 'system.posix_acl_access',
  default: 'system.posix_acl_default',
} as const;

export const isAclName = (name: string): boolean => name === aclName.access || name === aclName.default;

export const AclTag = { userObj: 1, user: 2, groupObj: 4, group: 8, mask: 16, other: 32 } as const;

/** ACL_UNDEFINED_ID: of every entry but those of named users and groups. */
export const undefinedId = 0xffff_ffff;

export interface AclEntry {
  readonly tag: number;
  /** `rwx`, as one digit of a mode. */
  readonly perm: number;
  readonly id: number;
}

/** Valid: `userObj`, then `user`s, `groupObj`, `group`s, `mask` (which named entries need), `other`. */
export type Acl = readonly AclEntry[];

const version = 2;
const headerBytes = 4;
const entryBytes = 8;

const invalid = (why: string) => refusal('invalid', `not an access control list: ${why}`);

/** The value of an attribute; null for one without entries, which stands for no ACL. */
export function parseAcl(value: Buffer): Acl | null {
  if (value.length === 0) return null;
  if (value.length < headerBytes) throw invalid('it has no header');
  if (value.readUInt32LE(0) !== version) throw refusal('unsupported', 'another version of ACLs');
  if ((value.length - headerBytes) % entryBytes !== 0) throw invalid('an entry is cut off');
  if (value.length === headerBytes) return null;
  const acl: AclEntry[] = [];
  for (let at = headerBytes; at < value.length; at += entryBytes) {
    const tag = value.readUInt16LE(at);
    const id = isNamed(tag) ? value.readUInt32LE(at + 4) : undefinedId;
    acl.push({ tag, perm: value.readUInt16LE(at + 2), id });
  }
  check(acl);
  return acl;
}

const isNamed = (tag: number): boolean => tag === AclTag.user || tag === AclTag.group;

/** posix_acl_valid(). Two entries for one id are valid there too: the first one counts. */
function check(acl: Acl): void {
  let previous = 0;
  for (const { tag, perm, id } of acl) {
    if (!tags.has(tag)) throw invalid(`tag ${tag}`);
    if (perm > 7) throw invalid(`permissions ${perm}`);
    if (isNamed(tag) && id === undefinedId) throw invalid('a named entry without an id');
    if (tag < previous || (tag === previous && !isNamed(tag))) throw invalid('entries out of order');
    previous = tag;
  }
  const has = (tag: number): boolean => acl.some((entry) => entry.tag === tag);
  if (!has(AclTag.userObj) || !has(AclTag.groupObj) || !has(AclTag.other))
    throw invalid('owner, group or others are missing');
  if (!has(AclTag.mask) && acl.some(({ tag }) => isNamed(tag))) throw invalid('named entries need a mask');
}

const tags: ReadonlySet<number> = new Set(Object.values(AclTag));

export function encodeAcl(acl: Acl): Buffer {
  const value = Buffer.alloc(headerBytes + acl.length * entryBytes);
  let at = value.writeUInt32LE(version);
  for (const { tag, perm, id } of acl) {
    at = value.writeUInt16LE(tag, at);
    at = value.writeUInt16LE(perm, at);
    at = value.writeUInt32LE(id, at);
  }
  return value;
}

/** The group class of the mode: the mask, where there is one. */
const groupClass = (acl: Acl): number =>
  acl.some(({ tag }) => tag === AclTag.mask) ? AclTag.mask : AclTag.groupObj;

/** The permission bits that an access ACL stands for. */
export function modeOf(acl: Acl): number {
  const group = groupClass(acl);
  let mode = 0;
  for (const { tag, perm } of acl) {
    if (tag === AclTag.userObj) mode |= perm << 6;
    else if (tag === group) mode |= perm << 3;
    else if (tag === AclTag.other) mode |= perm;
  }
  return mode;
}

/** The mode says everything: an ACL of three entries. Together with `modeOf`: posix_acl_equiv_mode(). */
export const isMinimumAcl = (acl: Acl): boolean => acl.length === 3;

/** posix_acl_chmod(): owner, group class and others as `mode` has them; named entries stay. */
export function chmodAcl(acl: Acl, mode: number): Acl {
  const group = groupClass(acl);
  return acl.map((entry) => {
    if (entry.tag === AclTag.userObj) return { ...entry, perm: (mode >> 6) & 7 };
    if (entry.tag === group) return { ...entry, perm: (mode >> 3) & 7 };
    if (entry.tag === AclTag.other) return { ...entry, perm: mode & 7 };
    return entry;
  });
}

export interface Inherited {
  readonly mode: number;
  /** Null where the mode says everything. */
  readonly access: Acl | null;
}

/** posix_acl_create(): what a new inode has whose creator asked for `mode` where `defaults` is the default ACL. */
export function inheritAcl(defaults: Acl, mode: number): Inherited {
  const permissions = modeOf(defaults) & mode;
  const access = isMinimumAcl(defaults) ? null : chmodAcl(defaults, permissions);
  return { mode: (mode & ~0o777) | permissions, access };
}
