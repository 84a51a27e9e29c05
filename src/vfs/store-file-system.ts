import { statfsSync } from 'node:fs';
import { MemfsError, refusal } from '../core/errors.js';
import type { Coherence } from './coherence.js';
import { fillDirectory } from './directory-listing.js';
import type {
  AttrChanges,
  AttrReply,
  CreateReply,
  Deferred,
  DirectorySink,
  EntryReply,
  FileSystem,
  FileSystemStatistics,
  KernelNotifier,
  LockHolder,
  LockRequest,
  NegativeEntry,
  OpenReply,
  RequestContext,
  WriteOptions,
} from './filesystem.js';
import { workingOf } from './inode.js';
import type { Ledger } from './ledger.js';
import { FileType, isDirectory, isRegular, isWritable, OpenFlag } from './mode.js';
import { MountLocks } from './mount-locks.js';
import { MountReads } from './mount-reads.js';
import { MountReplies } from './mount-replies.js';
import { type Origin, toBinaryString } from './operation.js';
import type { ArgsOf, OperationName, ResultOf } from './operations/all.js';
import { checkName } from './operations/namespace.js';
import type { MountView } from './store.js';
import type { Workspace } from './workspace.js';
import { readXattr } from './xattr-view.js';

/**
 * Handles for reading have no state, only a number that no other handle has, also not those of an earlier engine:
 * they count up from the microsecond in which the process began. Handles for writing count from 1.
 */
let nextReadHandle = Date.now() * 1000;
/** The loop is not kept longer by one request; copy_file_range(2) may copy less than it was asked to. */
const maxCopyBytes = 8 << 20;

export interface StoreParts {
  readonly workspace: Workspace;
  readonly ledger: Ledger;
  readonly coherence: Coherence;
  readonly directory: string;
  /** Commits the group and makes it survive loss of power. */
  sync(): Promise<void>;
  /** Inodes without a name go, when no mount is left that could have them open. */
  reclaimOrphans(): void;
}

/** One mount of a store: the file system interface over the workspace. */
export class StoreFileSystem implements FileSystem {
  readonly #parts: StoreParts;
  readonly #workspace: Workspace;
  readonly #view: MountView;
  readonly #internal: Origin;
  /** Lookups that the kernel has not forgotten, by inode. */
  readonly #known = new Map<number, number>();

  readonly #replies: MountReplies;
  readonly #locks: MountLocks;
  readonly #reads: MountReads;

  constructor(parts: StoreParts, view: MountView, notifier: KernelNotifier) {
    this.#parts = parts;
    const { workspace, coherence } = parts;
    this.#replies = new MountReplies(workspace, coherence, notifier, view.connection);
    this.#reads = new MountReads(workspace, view, () => parts.ledger.now());
    this.#locks = new MountLocks(workspace, parts.ledger, view, (context, ino) =>
      this.#publish(context, ino),
    );
    this.#workspace = workspace;
    this.#view = view;
    this.#internal = { connection: view.connection, unique: 0n, resent: false, actor: view.actor };
  }

  #run<Name extends OperationName>(
    context: RequestContext,
    name: Name,
    args: ArgsOf<Name>,
    payload?: Buffer,
  ): ResultOf<Name> {
    if (this.#view.scope.mode === 'read_only') throw refusal('read_only', 'this mount is read-only');
    const { connection, actor } = this.#view;
    const origin = { connection, actor, unique: context.unique, resent: context.resent };
    return this.#parts.ledger.run(name, origin, args, payload);
  }

  lookup(_context: RequestContext, parent: number, name: Buffer): EntryReply | NegativeEntry {
    checkName(name);
    this.#workspace.inodes.trim();
    const directory = this.#workspace.inodes.get(parent);
    if (!isDirectory(directory.mode)) throw refusal('not_a_directory', 'not a directory');
    const entry = this.#workspace.entries.find(parent, name);
    if (entry === undefined) return this.#replies.absent();
    return this.#entry(entry.ino);
  }

  #entry(ino: number): EntryReply {
    this.#known.set(ino, (this.#known.get(ino) ?? 0) + 1);
    return this.#replies.entry(this.#workspace.inodes.get(ino));
  }

  forget(ino: number, count: number): void {
    const known = this.#known.get(ino);
    if (known === undefined) return;
    if (known > count) {
      this.#known.set(ino, known - count);
      return;
    }
    this.#known.delete(ino);
    if (this.#workspace.inodes.find(ino)?.nlink === 0) this.#reclaim(ino);
  }

  #reclaim(ino: number): void {
    if (this.#parts.coherence.isKnownElsewhere(ino, this.#view.connection)) return;
    try {
      this.#parts.ledger.run('reclaim', this.#internal, { ino });
    } catch {
      // A full disk: the inode stays and goes when the mount ends.
    }
  }

  getattr(_context: RequestContext, ino: number): AttrReply {
    return this.#replies.attributes(this.#workspace.inodes.get(ino));
  }

  setattr(context: RequestContext, ino: number, changes: AttrChanges): AttrReply {
    this.#run(context, 'setAttributes', { ino, changes });
    return this.getattr(context, ino);
  }

  readlink(_context: RequestContext, ino: number): Buffer {
    const { mode, target } = this.#workspace.inodes.get(ino);
    if ((mode & FileType.mask) !== FileType.symlink || target === null)
      throw refusal('invalid', 'not a symbolic link');
    return target;
  }

  mknod(context: RequestContext, parent: number, name: Buffer, mode: number, rdev: number): EntryReply {
    const { uid, gid, umask } = context;
    const node = { parent, name: toBinaryString(name), mode, umask, rdev, uid, gid };
    return this.#entry(this.#run(context, 'makeNode', node));
  }

  mkdir(context: RequestContext, parent: number, name: Buffer, mode: number): EntryReply {
    return this.mknod(context, parent, name, (mode & ~FileType.mask) | FileType.directory, 0);
  }

  symlink(context: RequestContext, parent: number, name: Buffer, target: Buffer): EntryReply {
    const { uid, gid } = context;
    const node = {
      parent,
      name: toBinaryString(name),
      mode: FileType.symlink | 0o777,
      uid,
      gid,
      target: toBinaryString(target),
    };
    return this.#entry(this.#run(context, 'makeNode', node));
  }

  link(context: RequestContext, ino: number, parent: number, name: Buffer): EntryReply {
    return this.#entry(this.#run(context, 'link', { ino, parent, name: toBinaryString(name) }));
  }

  unlink(context: RequestContext, parent: number, name: Buffer): void {
    this.#run(context, 'unlink', { parent, name: toBinaryString(name) });
  }

  rmdir(context: RequestContext, parent: number, name: Buffer): void {
    this.#run(context, 'rmdir', { parent, name: toBinaryString(name) });
  }

  rename(
    context: RequestContext,
    parent: number,
    name: Buffer,
    newParent: number,
    newName: Buffer,
    flags: number,
  ): void {
    this.#run(context, 'rename', {
      parent,
      name: toBinaryString(name),
      newParent,
      newName: toBinaryString(newName),
      flags,
    });
  }

  open(context: RequestContext, ino: number, flags: number, killPrivileges: boolean): OpenReply {
    const inode = this.#workspace.inodes.get(ino);
    const changes = isWritable(flags) || (flags & OpenFlag.truncate) !== 0;
    const { keepCache } = this.#replies;
    if (!changes || !isRegular(inode.mode)) return { handle: nextReadHandle++, keepCache };
    const handle = this.#run(context, 'openForWriting', { ino, flags, killPrivileges });
    return { handle, keepCache: keepCache && (flags & OpenFlag.truncate) === 0 };
  }

  create(context: RequestContext, parent: number, name: Buffer, mode: number, flags: number): CreateReply {
    const { uid, gid, umask } = context;
    const type = FileType.regular;
    const node = {
      parent,
      name: toBinaryString(name),
      mode: (mode & ~FileType.mask) | type,
      umask,
      uid,
      gid,
      flags,
    };
    try {
      const created = this.#run(context, 'createFile', node);
      return { entry: this.#entry(created.ino), handle: created.handle, keepCache: true };
    } catch (error) {
      const isTaken = error instanceof MemfsError && error.code === 'already_exists';
      if (!isTaken || flags & OpenFlag.exclusive) throw error;
      const { ino } = this.#workspace.entry(parent, name);
      return { ...this.open(context, ino, flags, false), entry: this.#entry(ino) };
    }
  }

  tmpfile(context: RequestContext, parent: number, mode: number, flags: number): CreateReply {
    const { uid, gid, umask } = context;
    const created = this.#run(context, 'createUnnamed', {
      parent,
      mode: (mode & ~FileType.mask) | FileType.regular,
      umask,
      uid,
      gid,
      flags,
    });
    return { entry: this.#entry(created.ino), handle: created.handle, keepCache: true };
  }

  read(
    _context: RequestContext,
    ino: number,
    _handle: number,
    offset: number,
    size: number,
  ): readonly Uint8Array[] {
    return this.#reads.read(ino, offset, size);
  }

  write(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    data: Buffer,
    options: WriteOptions,
  ): number {
    const { flags, fromCache, killPrivileges } = options;
    const append = !fromCache && (flags & OpenFlag.append) !== 0;
    return this.#run(context, 'write', { ino, handle, offset, append, killPrivileges }, data);
  }

  /**
   * A descriptor that wrote nothing commits nothing, though its file may be new or cut to nothing: a shell closes
   * its first descriptor of `> file` before it writes to the second. RELEASE commits what is left then.
   */
  flush(context: RequestContext, ino: number, handle: number, owner: bigint): Deferred<void> {
    const hasWritten = this.#workspace.handles.get(handle)?.written === true;
    if (hasWritten && this.#needsCommit(ino)) this.#run(context, 'commit', { ino, handle });
    const unlocked = this.#locks.flush(context, ino, owner);
    return unlocked ?? (hasWritten ? this.#settled() : undefined);
  }

  #needsCommit(ino: number): boolean {
    const inode = this.#workspace.inodes.find(ino);
    if (inode === undefined || inode.nlink === 0) return false;
    return inode.version === null || workingOf(inode, this.#view.connection) !== undefined;
  }

  /** What this mount has written to a file is in the store, and other mounts see it. */
  #publish(context: RequestContext, ino: number): Deferred<void> {
    if (
      this.#view.scope.mode === 'read_write' &&
      workingOf(this.#workspace.inodes.get(ino), this.#view.connection) !== undefined
    )
      this.#run({ ...context, unique: 0n, resent: false }, 'commit', { ino });
    return this.#settled();
  }

  /** Other mounts have dropped what they cached of the files that this one committed. */
  #settled(): Deferred<void> {
    return this.#parts.coherence.settled(this.#view.connection)?.then(() => {});
  }

  release(context: RequestContext, ino: number, handle: number, flockOwner: bigint | null): void {
    this.#locks.release(context, ino, handle, flockOwner);
    if (this.#workspace.handles.has(handle)) this.#run(context, 'closeHandle', { handle });
  }

  async fsync(context: RequestContext, ino: number): Promise<void> {
    if (this.#needsCommit(ino) && this.#view.scope.mode === 'read_write')
      this.#run(context, 'commit', { ino });
    await this.#parts.sync();
    await this.#settled();
  }

  fallocate(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    length: number,
    mode: number,
  ): void {
    this.#run(context, 'allocate', { ino, handle, offset, length, mode });
  }

  lseek(_context: RequestContext, ino: number, _handle: number, offset: number, whence: number): number {
    return this.#reads.seek(ino, offset, whence);
  }

  copyFileRange(
    context: RequestContext,
    from: { readonly ino: number; readonly offset: number },
    to: { readonly ino: number; readonly handle: number; readonly offset: number },
    length: number,
  ): number {
    return this.#run(context, 'copyRange', {
      from: { ino: from.ino, offset: from.offset },
      to: { ino: to.ino, handle: to.handle, offset: to.offset },
      length: Math.min(length, maxCopyBytes),
    });
  }

  opendir(_context: RequestContext, ino: number): OpenReply {
    if (!isDirectory(this.#workspace.inodes.get(ino).mode))
      throw refusal('not_a_directory', 'not a directory');
    return { handle: nextReadHandle++, keepCache: false };
  }

  readdir(
    _context: RequestContext,
    ino: number,
    _handle: number,
    offset: number,
    plus: boolean,
    sink: DirectorySink,
  ): void {
    fillDirectory(this.#workspace, ino, offset, {
      add: (name, inode, nextOffset) => {
        const isDot = nextOffset <= 2;
        if (!plus || isDot) return sink.add(name, inode.ino, inode.mode, nextOffset, null);
        const entry = this.#replies.entry(inode);
        if (!sink.add(name, inode.ino, inode.mode, nextOffset, entry)) return false;
        this.#known.set(inode.ino, (this.#known.get(inode.ino) ?? 0) + 1);
        return true;
      },
    });
  }

  releasedir(): void {}

  fsyncdir(): Promise<void> {
    return this.#parts.sync();
  }

  statfs(): FileSystemStatistics {
    const { bsize, blocks, bavail, files, ffree } = statfsSync(this.#parts.directory);
    return { blockSize: bsize, blocks, blocksFree: bavail, files, filesFree: ffree, nameLength: 255 };
  }

  syncfs(): Promise<void> {
    return this.#parts.sync();
  }

  getxattr(_context: RequestContext, ino: number, name: string): Buffer {
    return readXattr(this.#workspace, this.#workspace.inodes.get(ino), name);
  }

  listxattr(_context: RequestContext, ino: number): readonly string[] {
    return this.#workspace.xattrs.list(this.#workspace.inodes.get(ino).ino);
  }

  setxattr(
    context: RequestContext,
    ino: number,
    name: string,
    value: Buffer,
    flags: number,
    killSetgid: boolean,
  ): void {
    this.#run(context, 'setXattr', { ino, name, flags, killSetgid }, value);
  }

  removexattr(context: RequestContext, ino: number, name: string): void {
    this.#run(context, 'removeXattr', { ino, name });
  }

  getlk(_context: RequestContext, ino: number, _handle: number, lock: LockRequest): LockHolder | null {
    return this.#locks.test(ino, lock);
  }

  setlk(
    context: RequestContext,
    ino: number,
    handle: number,
    lock: LockRequest,
    wait: boolean,
  ): Deferred<void> {
    return this.#locks.set(context, ino, handle, lock, wait);
  }

  interrupt(unique: bigint): void {
    this.#locks.interrupt(unique);
  }

  destroy(): void {
    this.#known.clear();
    this.#parts.coherence.remove(this.#view.connection);
    if (this.#parts.ledger.damaged !== null) return;
    this.#parts.ledger.run('endConnection', this.#internal, { connection: this.#view.connection });
    if (!this.#parts.coherence.hasMounts) this.#parts.reclaimOrphans();
  }

  /** Whether this mount's kernel may still ask for an inode. */
  knows(ino: number): boolean {
    return this.#known.has(ino);
  }
}
