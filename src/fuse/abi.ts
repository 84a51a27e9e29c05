/**
 * Numbers of the kernel's interface: include/uapi/linux/fuse.h, protocol 7.45 (Linux 6.18), little endian.
 * Sizes and offsets are bytes.
 */

export const Opcode = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  FLUSH: 25,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  GETLK: 31,
  SETLK: 32,
  SETLKW: 33,
  ACCESS: 34,
  CREATE: 35,
  INTERRUPT: 36,
  BMAP: 37,
  DESTROY: 38,
  IOCTL: 39,
  POLL: 40,
  NOTIFY_REPLY: 41,
  BATCH_FORGET: 42,
  FALLOCATE: 43,
  READDIRPLUS: 44,
  RENAME2: 45,
  LSEEK: 46,
  COPY_FILE_RANGE: 47,
  SYNCFS: 50,
  TMPFILE: 51,
  STATX: 52,
  COPY_FILE_RANGE_64: 53,
} as const;

export const KERNEL_MAJOR = 7;
/** The newest minor version whose structures this code knows. */
export const KERNEL_MINOR = 45;
/** FUSE_MAX_PAGES (Linux 4.20): the oldest that the negotiation accepts. */
export const OLDEST_MINOR = 28;
/** FUSE_EXPIRE_ONLY (Linux 6.2). An older kernel ignores it, and drops the name with all below. */
export const EXPIRE_MINOR = 38;

export const ROOT_ID = 1;
export const PAGE_SIZE = 4096;

/** INIT flags, bits 0 to 31. */
export const InitFlag = {
  ASYNC_READ: 1 << 0,
  POSIX_LOCKS: 1 << 1,
  ATOMIC_O_TRUNC: 1 << 3,
  BIG_WRITES: 1 << 5,
  DONT_MASK: 1 << 6,
  FLOCK_LOCKS: 1 << 10,
  DO_READDIRPLUS: 1 << 13,
  READDIRPLUS_AUTO: 1 << 14,
  PARALLEL_DIROPS: 1 << 18,
  POSIX_ACL: 1 << 20,
  MAX_PAGES: 1 << 22,
  CACHE_SYMLINKS: 1 << 23,
  EXPLICIT_INVAL_DATA: 1 << 25,
  HANDLE_KILLPRIV_V2: 1 << 28,
  SETXATTR_EXT: 1 << 29,
  INIT_EXT: 1 << 30,
} as const;

/** INIT flags, bits 32 to 63, as they lie in `flags2`. */
export const InitFlag2 = {
  HAS_EXPIRE_ONLY: 1 << 3,
  HAS_RESEND: 1 << 7,
} as const;

/** Bit 63 of `unique`, as it lies in the upper word: the request was sent before. */
export const RESEND_BIT_HIGH = 0x8000_0000;

export const NotifyCode = { INVAL_INODE: 2, INVAL_ENTRY: 3, RESEND: 7 } as const;
/** `fuse_notify_inval_entry_out.flags` */
export const EXPIRE_ONLY = 1;

export const OpenFlag = { DIRECT_IO: 1, KEEP_CACHE: 2 } as const;

/** `fuse_setattr_in.valid` */
export const SetattrValid = {
  MODE: 1 << 0,
  UID: 1 << 1,
  GID: 1 << 2,
  SIZE: 1 << 3,
  ATIME: 1 << 4,
  MTIME: 1 << 5,
  FH: 1 << 6,
  ATIME_NOW: 1 << 7,
  MTIME_NOW: 1 << 8,
  CTIME: 1 << 10,
  KILL_SUIDGID: 1 << 11,
} as const;

export const GETATTR_FH = 1;
export const OPEN_KILL_SUIDGID = 1;
export const WRITE_CACHE = 1;
export const WRITE_KILL_SUIDGID = 4;
export const SETXATTR_ACL_KILL_SGID = 1;
export const RELEASE_FLOCK_UNLOCK = 2;
export const LK_FLOCK = 1;
export const FSYNC_FDATASYNC = 1;

/** fcntl(2) lock types on the wire (asm-generic/fcntl.h). */
export const LockType = { READ: 0, WRITE: 1, UNLOCK: 2 } as const;

/** errno values that only the protocol needs (asm-generic/errno.h). */
export const ENOTTY = 25;
export const EPROTO = 71;

/** Offsets in `fuse_in_header`. */
export const InHeader = { len: 0, opcode: 4, unique: 8, nodeid: 16, uid: 24, gid: 28, pid: 32 } as const;

export const Size = {
  inHeader: 40,
  outHeader: 16,
  attr: 88,
  attrOut: 104,
  entryOut: 128,
  openOut: 16,
  dirent: 24,
  direntPlus: 152,
  initOut: 64,
  statfsOut: 80,
  lockOut: 24,
  notifyInvalInode: 40,
  notifyInvalEntry: 32,
} as const;
