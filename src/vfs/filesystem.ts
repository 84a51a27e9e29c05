/**
 * The file system interface: what `src/fuse` calls and what `src/vfs` implements.
 *
 * Nothing here knows the wire. Node ids, handles and offsets are integers below 2^53, so a double holds them
 * exactly; the codec refuses larger ones. Names are raw bytes (POSIX allows any byte but `/` and NUL); a name
 * or data argument is only valid during the call, so an implementation that keeps it must copy it.
 *
 * Every method either returns, or throws a `MemfsError`, or (where the type says so) returns a promise: a
 * deferred reply, which the caller must not make the kernel's queue wait for.
 */
import type { Timestamp } from '../core/model.js';

/** Persistent inode id; 1 is the root of every mount. Generation is always 0: ids are never reused. */
export type NodeId = number;

/** A handle given out by `open`, `create` or `opendir`; it stays valid over an engine's restart. */
export type HandleId = number;

/** The caller, and which request this is. */
export interface RequestContext {
  /** One kernel connection, new at each mount; with `unique` it names a request for ever. */
  readonly connection: number;
  /** The kernel's request id, bit 63 (resend) cleared. */
  readonly unique: bigint;
  /** The kernel sent this request before, to an engine that died: it may have been carried out already. */
  readonly resent: boolean;
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
  /** To be taken off the `mode` of a request that makes an inode; else 0. */
  readonly umask: number;
  /**
   * Set by the file system before it defers a reply that waits for what another process does, and so may never come:
   * there is nothing to be done for it meanwhile.
   */
  waitsForOthers?: boolean;
}

/** `struct fuse_attr` in words. `mode` carries the file type bits (stat(2)). */
export interface Attr {
  ino: NodeId;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  rdev: number;
  size: number;
  /** 512-byte units. */
  blocks: number;
  atimeSec: number;
  atimeNsec: number;
  mtimeSec: number;
  mtimeNsec: number;
  ctimeSec: number;
  ctimeNsec: number;
}

/** An attribute reply, with the seconds that the kernel may cache it (0: ask again). */
export interface AttrReply {
  readonly attr: Attr;
  readonly attrValid: number;
}

/** A directory entry reply. Seconds of validity as in `struct fuse_entry_out`. */
export interface EntryReply extends AttrReply {
  readonly entryValid: number;
}

/** "No such name", with the seconds that the kernel may remember it. */
export interface NegativeEntry {
  readonly attr: null;
  readonly entryValid: number;
}

export interface OpenReply {
  readonly handle: HandleId;
  /** The pages that the kernel holds of this inode are still right (FOPEN_KEEP_CACHE). */
  readonly keepCache: boolean;
  /** Bypass the page cache (FOPEN_DIRECT_IO): virtual files whose size is not known. */
  readonly directIo?: boolean;
}

export interface CreateReply extends OpenReply {
  readonly entry: EntryReply;
}

/** Attributes that SETATTR changes; an absent field stays. `'now'` is UTIME_NOW. */
export interface AttrChanges {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  readonly atime?: Timestamp | 'now';
  readonly mtime?: Timestamp | 'now';
  readonly ctime?: Timestamp;
  /** The handle of an ftruncate(2). */
  readonly handle?: HandleId;
  /** FATTR_KILL_SUIDGID: a truncate by a caller without CAP_FSETID. */
  readonly killPrivileges?: boolean;
}

export interface WriteOptions {
  /** The O_* flags of the open file at the time of this write (`fuse_write_in.flags`); O_APPEND decides. */
  readonly flags: number;
  /** FUSE_WRITE_CACHE: pages written back (mmap); always positional, and the caller's ids are not known. */
  readonly fromCache: boolean;
  /** FUSE_WRITE_KILL_SUIDGID: the caller lacks CAP_FSETID, so set-id bits go. */
  readonly killPrivileges: boolean;
}

/** Takes directory entries until it is full. */
export interface DirectorySink {
  /** Asked by name before anything else is found out about an entry; absent: all are wanted. */
  readonly wants?: ((name: Buffer) => boolean) | undefined;
  /**
   * `nextOffset` continues after this entry. `entry` is asked for only by READDIRPLUS.
   * Returns false when the entry did not fit: stop, and do not count it as given.
   */
  add(name: Buffer, ino: NodeId, mode: number, nextOffset: number, entry: EntryReply | null): boolean;
}

/** `fcntl(2)` record locks (`posix`) and `flock(2)` locks share one shape. `end` is inclusive. */
export interface LockRequest {
  readonly kind: 'posix' | 'flock';
  /** Identifies the owner within its mount: the kernel's lock_owner. */
  readonly owner: bigint;
  readonly type: 'read' | 'write' | 'unlock';
  readonly start: bigint;
  readonly end: bigint;
  readonly pid: number;
}

export interface LockHolder {
  readonly type: 'read' | 'write';
  readonly start: bigint;
  readonly end: bigint;
  readonly pid: number;
}

export interface FileSystemStatistics {
  readonly blockSize: number;
  readonly blocks: number;
  readonly blocksFree: number;
  readonly files: number;
  readonly filesFree: number;
  readonly nameLength: number;
}

export type Deferred<T> = T | Promise<T>;

export interface FileSystem {
  lookup(context: RequestContext, parent: NodeId, name: Buffer): EntryReply | NegativeEntry;
  /** The kernel drops `count` references of `ino`. Never answered, never throws. */
  forget(ino: NodeId, count: number): void;
  getattr(context: RequestContext, ino: NodeId, handle: HandleId | null): AttrReply;
  setattr(context: RequestContext, ino: NodeId, changes: AttrChanges): Deferred<AttrReply>;
  readlink(context: RequestContext, ino: NodeId): Buffer;
  mknod(context: RequestContext, parent: NodeId, name: Buffer, mode: number, rdev: number): EntryReply;
  mkdir(context: RequestContext, parent: NodeId, name: Buffer, mode: number): EntryReply;
  symlink(context: RequestContext, parent: NodeId, name: Buffer, target: Buffer): EntryReply;
  link(context: RequestContext, ino: NodeId, newParent: NodeId, newName: Buffer): EntryReply;
  unlink(context: RequestContext, parent: NodeId, name: Buffer): void;
  rmdir(context: RequestContext, parent: NodeId, name: Buffer): Deferred<void>;
  /** `flags`: RENAME_NOREPLACE 1, RENAME_EXCHANGE 2 (renameat2(2)); others are `invalid`. */
  rename(
    context: RequestContext,
    parent: NodeId,
    name: Buffer,
    newParent: NodeId,
    newName: Buffer,
    flags: number,
  ): Deferred<void>;

  /**
   * `flags` are open(2)'s O_*; O_TRUNC arrives here (FUSE_ATOMIC_O_TRUNC), O_CREAT and O_EXCL never.
   * `killPrivileges`: FUSE_OPEN_KILL_SUIDGID, with O_TRUNC by a caller without CAP_FSETID.
   */
  open(context: RequestContext, ino: NodeId, flags: number, killPrivileges: boolean): Deferred<OpenReply>;
  create(context: RequestContext, parent: NodeId, name: Buffer, mode: number, flags: number): CreateReply;
  /** An unnamed file (O_TMPFILE). */
  tmpfile(context: RequestContext, parent: NodeId, mode: number, flags: number): CreateReply;
  /** Pieces that follow one another; fewer bytes than asked only at the end of the file. */
  read(
    context: RequestContext,
    ino: NodeId,
    handle: HandleId,
    offset: number,
    size: number,
  ): Deferred<readonly Uint8Array[]>;
  /** Returns the bytes taken, always all of them. */
  write(
    context: RequestContext,
    ino: NodeId,
    handle: HandleId,
    offset: number,
    data: Buffer,
    options: WriteOptions,
  ): Deferred<number>;
  /** Once per closed descriptor: the point where a version is made. `owner` gives up its posix locks. */
  flush(context: RequestContext, ino: NodeId, handle: HandleId, owner: bigint): Deferred<void>;
  /** The last descriptor of the handle is gone. Never throws. */
  release(context: RequestContext, ino: NodeId, handle: HandleId, flockOwner: bigint | null): Deferred<void>;
  fsync(context: RequestContext, ino: NodeId, handle: HandleId, dataOnly: boolean): Deferred<void>;
  fallocate(
    context: RequestContext,
    ino: NodeId,
    handle: HandleId,
    offset: number,
    length: number,
    mode: number,
  ): Deferred<void>;
  /** SEEK_DATA 3 and SEEK_HOLE 4 only; the kernel does the others. */
  lseek(context: RequestContext, ino: NodeId, handle: HandleId, offset: number, whence: number): number;
  copyFileRange(
    context: RequestContext,
    from: { readonly ino: NodeId; readonly handle: HandleId; readonly offset: number },
    to: { readonly ino: NodeId; readonly handle: HandleId; readonly offset: number },
    length: number,
  ): Deferred<number>;

  opendir(context: RequestContext, ino: NodeId, flags: number): OpenReply;
  /** `.` and `..` included. `offset` 0 starts; else a `nextOffset` given before, by any engine. */
  readdir(
    context: RequestContext,
    ino: NodeId,
    handle: HandleId,
    offset: number,
    plus: boolean,
    sink: DirectorySink,
  ): void;
  releasedir(context: RequestContext, ino: NodeId, handle: HandleId): void;
  fsyncdir(context: RequestContext, ino: NodeId, handle: HandleId): Deferred<void>;

  statfs(context: RequestContext): FileSystemStatistics;
  syncfs(context: RequestContext): Deferred<void>;

  getxattr(context: RequestContext, ino: NodeId, name: string): Buffer;
  listxattr(context: RequestContext, ino: NodeId): readonly string[];
  /**
   * `flags`: XATTR_CREATE 1, XATTR_REPLACE 2 (setxattr(2)). `killSetgid`: FUSE_SETXATTR_ACL_KILL_SGID, an access
   * ACL set by a caller who is not in the file's group and has no CAP_FSETID.
   */
  setxattr(
    context: RequestContext,
    ino: NodeId,
    name: string,
    value: Buffer,
    flags: number,
    killSetgid: boolean,
  ): void;
  removexattr(context: RequestContext, ino: NodeId, name: string): void;

  /** The lock that would stand in the way, or null. */
  getlk(context: RequestContext, ino: NodeId, handle: HandleId, lock: LockRequest): LockHolder | null;
  /** `wait`: SETLKW. A waiting lock is a promise, rejected with `interrupted` when `interrupt` names it. */
  setlk(
    context: RequestContext,
    ino: NodeId,
    handle: HandleId,
    lock: LockRequest,
    wait: boolean,
  ): Deferred<void>;
  /** INTERRUPT for a deferred request; unknown ones are ignored. */
  interrupt(unique: bigint): void;

  /** The kernel connection ended (unmounted or aborted). */
  destroy(): void;
}

/** Requests of the file system to the kernel; implemented by `src/fuse`, stubbed in tests. */
export interface KernelNotifier {
  /** Drops cached attributes (INVAL_INODE, offset -1). Queued, never waited for. */
  invalidateAttributes(ino: NodeId): void;
  /**
   * Drops cached attributes and pages. Resolves when the kernel has done it, or after the notifier's limit
   * (2 s). Only FLUSH and FSYNC may wait for it.
   */
  invalidatePages(ino: NodeId): Promise<void>;
  /**
   * The kernel asks for a cached name again when it is used next; nothing is dropped that the answer leaves as it is.
   * Resolves as `invalidatePages` does. It takes the directory's lock, which somebody may hold who waits for a reply:
   * none may wait for it but those of RMDIR and RENAME, and those not in a circle.
   */
  expireName(parent: NodeId, name: Uint8Array): Promise<void>;
  /** Whether `expireName` works here (Linux 6.2); without it a name that is cached holds until its time-out. */
  readonly hasExpiry: boolean;
  /**
   * False from a wait that met its limit until everything queued has reached the kernel: grant no time-outs and no
   * KEEP_CACHE meanwhile. Absent: always coherent.
   */
  readonly coherent?: boolean;
}
