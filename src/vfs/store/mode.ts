/** File type bits of `st_mode` (stat(2), inode(7)) and the permission bits that matter here. */
export const FileType = {
  mask: 0o170000,
  socket: 0o140000,
  symlink: 0o120000,
  regular: 0o100000,
  block: 0o060000,
  directory: 0o040000,
  character: 0o020000,
  fifo: 0o010000,
} as const;

export const permissionBits = 0o7777;
const setuid = 0o4000;
export const setgid = 0o2000;
const groupExecute = 0o010;

export const isDirectory = (mode: number): boolean => (mode & FileType.mask) === FileType.directory;
export const isSymlink = (mode: number): boolean => (mode & FileType.mask) === FileType.symlink;
export const isRegular = (mode: number): boolean => (mode & FileType.mask) === FileType.regular;

/**
 * What a write, truncate or chown leaves of set-id bits: setuid goes, setgid goes when the group may execute
 * (without that it marks mandatory locking). Linux: setattr_should_drop_suidgid().
 */
export function withoutSetId(mode: number): number {
  const kept = mode & ~setuid;
  return mode & groupExecute ? kept & ~setgid : kept;
}

/** Flags of open(2) on x86-64 and arm64 that reach a file system; O_CREAT never does in OPEN. */
export const OpenFlag = {
  accessMode: 0o3,
  readOnly: 0o0,
  writeOnly: 0o1,
  readWrite: 0o2,
  create: 0o100,
  exclusive: 0o200,
  truncate: 0o1000,
  append: 0o2000,
  /** O_DIRECT of x86-64 or of arm64: there the other's is O_DIRECTORY, which no write has. */
  direct: 0o240000,
} as const;

export const isReadable = (flags: number): boolean => (flags & OpenFlag.accessMode) !== OpenFlag.writeOnly;

export const isWritable = (flags: number): boolean => (flags & OpenFlag.accessMode) !== OpenFlag.readOnly;
