/** acl(5): whom a directory's access list lets write, besides what its mode says. */
import { MemfsError } from '../../core/errors.js';
import { native, type SystemError } from '../../fuse/native.js';

/** As the kernel gives it out: linux/posix_acl_xattr.h, linux/posix_acl.h. */
const attribute = 'system.posix_acl_access';
const version = 2;
const headerBytes = 4;
const entryBytes = 8;
const writeBit = 2;
const tags = { user: 0x02, owningGroup: 0x04, group: 0x08, mask: 0x10 } as const;

export interface AccessList {
  /** Whether the mask leaves the owning group the right to write: the mode shows the mask in its place. */
  readonly owningGroup: boolean;
  /** Named users and groups with the right to write, after the mask. */
  readonly users: readonly number[];
  readonly groups: readonly number[];
}

/** Null: only the mode counts. Throws when it cannot be found out. */
export function accessListOf(path: string): AccessList | null {
  let bytes: Buffer;
  try {
    bytes = native().getAttribute(path, attribute);
  } catch (thrown) {
    const { code } = thrown as SystemError;
    if (code === 'ENODATA' || code === 'ENOTSUP') return null;
    throw unknown(path, (thrown as Error).message, thrown);
  }
  const list = parseAccessList(bytes);
  if (list === null) throw unknown(path, 'it has a form that is not known');
  return list;
}

const unknown = (path: string, why: string, cause?: unknown): MemfsError =>
  new MemfsError('access_denied', `the access list of ${path} cannot be read: ${why}`, {
    hint: `getfacl ${path} shows it, setfacl -b ${path} removes it`,
    cause,
  });

/** Null for what is none. */
export function parseAccessList(bytes: Buffer): AccessList | null {
  if (bytes.length < headerBytes || (bytes.length - headerBytes) % entryBytes !== 0) return null;
  if (bytes.readUInt32LE(0) !== version) return null;
  const entries = Array.from({ length: (bytes.length - headerBytes) / entryBytes }, (_, i) => {
    const at = headerBytes + i * entryBytes;
    return {
      tag: bytes.readUInt16LE(at),
      writes: (bytes.readUInt16LE(at + 2) & writeBit) !== 0,
      id: bytes.readUInt32LE(at + 4),
    };
  });
  const masked = entries.some(({ tag, writes }) => tag === tags.mask && !writes);
  const writers = masked ? [] : entries.filter(({ writes }) => writes);
  const ids = (wanted: number): number[] => writers.filter(({ tag }) => tag === wanted).map(({ id }) => id);
  return {
    owningGroup: ids(tags.owningGroup).length > 0,
    users: ids(tags.user),
    groups: ids(tags.group),
  };
}
