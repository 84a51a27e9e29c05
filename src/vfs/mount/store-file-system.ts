import { MemfsError, refusal } from '../../core/errors.js';
import type { Entry } from '../../journal/tree/entries.js';
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
} from '../filesystem.js';
import { checkName } from '../operations/namespace.js';
import type { Refuse } from '../operations/refuse.js';
import type { Inode } from '../store/inode.js';
import { FileType, isDirectory, isRegular, isWritable, OpenFlag } from '../store/mode.js';
import { toBinaryString } from '../store/operation.js';
import type { Workspace } from '../store/workspace.js';
import type { MountView } from '../store.js';
import { fillDirectory } from './directory-listing.js';
import { diskStatistics } from './disk-statistics.js';
import { DueCommits } from './due-commits.js';
import { KnownInodes } from './known-inodes.js';
import { MountLocks } from './mount-locks.js';
import { MountOperations, type MountParts } from './mount-operations.js';
import { MountReads } from './mount-reads.js';
import { MountReplies } from './mount-replies.js';
import { WritesUnderWay } from './writes-under-way.js';
import { readXattr } from './xattr-view.js';

/**
 * Handles for reading have no state, only a number that no other handle has, also not those of an earlier engine:
 * they count up from the microsecond in which the process began. Handles for writing count from 1.
 */
let nextReadHandle = Date.now() * 1000;
/** The loop is not kept longer by one request; copy_file_range(2) may copy less than it was asked to. */
const maxCopyBytes = 8 << 20;

export interface StoreParts extends MountParts {
  readonly directory: string;
  /** Commits the group and makes it survive loss of power. */
  sync(): Promise<void>;
  /** Inodes without a name go, when no mount is left that could have them open. */
  reclaimOrphans(): void;
  /** The connection is over. */
  end(): void;
}

/** One mount of a store: the file system interface over the workspace. */
export class StoreFileSystem implements FileSystem {
  readonly #parts: StoreParts;
  readonly #workspace: Workspace;
  readonly #view: MountView;
  readonly #known = new KnownInodes();
  readonly #isInherited: boolean;
  readonly #operations: MountOperations;
  readonly #replies: MountReplies;
  readonly #locks: MountLocks;
  readonly #reads: MountReads;
  readonly #due: DueCommits;
  readonly #underWay: WritesUnderWay;

  /** `isInherited`: an earlier engine served the connection, and only its kernel knows what it knows of. */
  constructor(parts: StoreParts, view: MountView, notifier: KernelNotifier, isInherited: boolean) {
    this.#parts = parts;
    this.#isInherited = isInherited;
    const { workspace, ledger, coherence } = parts;
    const { isRunning } = workspace.tables;
    this.#underWay = new WritesUnderWay(workspace, view.connection, () => ledger.now().ms, isRunning);
    this.#operations = new MountOperations(parts, view, this.#underWay);
    this.#replies = new MountReplies(workspace, coherence, notifier, view.connection);
    this.#reads = new MountReads(workspace, view, () => ledger.now());
    this.#locks = new MountLocks(workspace, ledger, view, (context, ino) =>
      this.#operations.publish(context, ino),
    );
    this.#due = new DueCommits(ledger, coherence);
    this.#workspace = workspace;
    this.#view = view;
  }

  lookup(_context: RequestContext, parent: number, name: Buffer): EntryReply | NegativeEntry {
    checkName(name);
    this.#workspace.inodes.trim();
    const directory = this.#workspace.inodes.get(parent);
    if (!isDirectory(directory.mode)) throw refusal('not_a_directory', 'not a directory');
    const entry = this.#workspace.entries.find(parent, name);
    if (entry === undefined) return this.#replies.absent();
    const isKnown = this.#known.has(entry.ino);
    this.#known.add(entry.ino);
    const inode = this.#look(entry.ino);
    return this.#replies.entry(inode, { parent, isKnown, isLocked: !isKnown && !this.#isInherited });
  }

  /** What was made, and what it was made under. */
  #entry(ino: number, parent: number): EntryReply {
    const isKnown = this.#known.has(ino);
    this.#known.add(ino);
    return this.#replies.entry(this.#look(ino), { parent, isKnown, isLocked: true });
  }

  /** The inode as this mount must see it now. */
  #look(ino: number): Inode {
    return this.#due.settle(this.#workspace.inodes.get(ino), this.#view.connection);
  }

  forget(ino: number, count: number): void {
    if (!this.#known.forget(ino, count)) return;
    this.#parts.coherence.forgot(this.#view.connection, ino);
    if (this.#workspace.inodes.find(ino)?.nlink === 0) this.#reclaim(ino);
  }

  #reclaim(ino: number): void {
    if (this.#parts.coherence.isKnownElsewhere(ino, this.#view.connection)) return;
    try {
      this.#parts.ledger.run('reclaim', this.#operations.internal, { ino });
    } catch {
      // A full disk: the inode stays and goes when the mount ends.
    }
  }

  getattr(_context: RequestContext, ino: number): AttrReply {
    return this.#replies.attributes(this.#look(ino));
  }

  setattr(context: RequestContext, ino: number, changes: AttrChanges): AttrReply {
    if (changes.size === undefined) this.#operations.run(context, 'setAttributes', { ino, changes });
    else
      this.#operations.attempt(context, 'setAttributes', { ino, changes }, () => ({
        ino,
        operation: 'truncate',
      }));
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
    return this.#entry(this.#operations.run(context, 'makeNode', node), parent);
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
    return this.#entry(this.#operations.run(context, 'makeNode', node), parent);
  }

  link(context: RequestContext, ino: number, parent: number, name: Buffer): EntryReply {
    const args = { ino, parent, name: toBinaryString(name) };
    return this.#entry(this.#operations.run(context, 'link', args), parent);
  }

  unlink(context: RequestContext, parent: number, name: Buffer): void {
    const args = { parent, name: toBinaryString(name) };
    this.#operations.attempt(context, 'unlink', args, () => this.#refusedName(parent, name, 'unlink'));
  }

  #refusedName(parent: number, name: Buffer, operation: string, source?: number): Refuse | undefined {
    const ino = this.#workspace.entries.find(parent, name)?.ino;
    if (ino === undefined) return undefined;
    return source === undefined ? { ino, operation } : { ino, operation, source };
  }

  rmdir(context: RequestContext, parent: number, name: Buffer): Deferred<void> {
    this.#operations.run(context, 'rmdir', { parent, name: toBinaryString(name) });
    return this.#operations.renamed();
  }

  rename(
    context: RequestContext,
    parent: number,
    name: Buffer,
    newParent: number,
    newName: Buffer,
    flags: number,
  ): Deferred<void> {
    const args = {
      parent,
      name: toBinaryString(name),
      newParent,
      newName: toBinaryString(newName),
      flags,
    };
    const source = (): number | undefined => this.#workspace.entries.find(parent, name)?.ino;
    this.#operations.attempt(context, 'rename', args, () =>
      this.#refusedName(newParent, newName, 'rename', source()),
    );
    return this.#operations.renamed();
  }

  open(context: RequestContext, ino: number, flags: number, killPrivileges: boolean): OpenReply {
    const inode = this.#look(ino);
    const changes = isWritable(flags) || (flags & OpenFlag.truncate) !== 0;
    const { keepCache } = this.#replies;
    const actor = this.#operations.actorOf(context);
    if (!changes || !isRegular(inode.mode)) {
      this.#operations.observe(context, inode, actor);
      return { handle: nextReadHandle++, keepCache };
    }
    this.#operations.checkEnded(actor);
    const isDuring = (flags & OpenFlag.truncate) !== 0 && this.#underWay.isGoingOn(ino, context.pid);
    const args = { ino, flags, killPrivileges, ...(isDuring ? { duringAppend: true as const } : {}) };
    const refused = (): Refuse => ({ ino, operation: 'open' });
    const handle = this.#operations.attempt(context, 'openForWriting', args, refused, actor);
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
      const created = this.#operations.run(context, 'createFile', node);
      return { entry: this.#entry(created.ino, parent), handle: created.handle, keepCache: true };
    } catch (error) {
      const isTaken = error instanceof MemfsError && error.code === 'already_exists';
      if (!isTaken || flags & OpenFlag.exclusive) throw error;
      const { ino } = this.#workspace.entry(parent, name);
      return { ...this.open(context, ino, flags, false), entry: this.#entry(ino, parent) };
    }
  }

  tmpfile(context: RequestContext, parent: number, mode: number, flags: number): CreateReply {
    const { uid, gid, umask } = context;
    const created = this.#operations.run(context, 'createUnnamed', {
      parent,
      mode: (mode & ~FileType.mask) | FileType.regular,
      umask,
      uid,
      gid,
      flags,
    });
    return { entry: this.#entry(created.ino, parent), handle: created.handle, keepCache: true };
  }

  read(
    _context: RequestContext,
    ino: number,
    _handle: number,
    offset: number,
    size: number,
  ): readonly Uint8Array[] {
    this.#parts.coherence.gavePages(this.#view.connection, ino);
    return this.#reads.read(this.#look(ino), offset, size);
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
    const args = append
      ? {
          ino,
          handle,
          offset,
          append,
          killPrivileges,
          thread: this.#underWay.threadOf(context.pid, offset, data.length, options),
        }
      : { ino, handle, offset, append, killPrivileges };
    const refused = (): Refuse => ({ ino, operation: 'write', offset });
    const writer = this.#operations.writerOf(handle);
    this.#parts.coherence.gavePages(this.#view.connection, ino);
    return this.#operations.attempt(context, 'write', args, refused, writer, data);
  }

  /**
   * A descriptor that wrote nothing commits nothing, though its file may be new or cut to nothing: a shell closes
   * its first descriptor of `> file` before it writes to the second. RELEASE commits what is left then, or the next
   * mount that looks.
   */
  flush(context: RequestContext, ino: number, handle: number, owner: bigint): Deferred<void> {
    const whole = this.#underWay.ended(ino, handle, context.pid);
    return whole === undefined
      ? this.#flush(context, ino, handle, owner, true)
      : whole.then((isWhole) => this.#flush(context, ino, handle, owner, isWhole));
  }

  #flush(
    context: RequestContext,
    ino: number,
    handle: number,
    owner: bigint,
    isWhole: boolean,
  ): Deferred<void> {
    const open = this.#workspace.handles.get(handle);
    const hasWritten = open?.written === true;
    const own = true as const;
    const args = isWhole ? { ino, handle, own } : { ino, handle, own, duringAppend: own };
    const failure = hasWritten ? this.#operations.commit(context, args) : null;
    const isDue =
      open !== undefined && this.#due.mark(this.#workspace.inodes.find(ino), this.#view.connection);
    const settled =
      this.#locks.flush(context, ino, owner) ??
      (hasWritten || isDue ? this.#operations.settled() : undefined);
    if (failure === null) return settled;
    if (settled === undefined) throw failure;
    return settled.then(() => {
      throw failure;
    });
  }

  release(context: RequestContext, ino: number, handle: number, flockOwner: bigint | null): void {
    this.#locks.release(context, ino, handle, flockOwner);
    if (this.#workspace.handles.has(handle))
      this.#operations.run(context, 'closeHandle', { handle }, this.#operations.writerOf(handle));
  }

  /** The kernel holds the inode's lock: no write(2) of this mount is under way. */
  async fsync(context: RequestContext, ino: number): Promise<void> {
    const failure = this.#operations.commitAll(context, ino, false);
    await this.#parts.sync();
    await this.#operations.settled();
    if (failure !== null) throw failure;
  }

  fallocate(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    length: number,
    mode: number,
  ): void {
    const args = { ino, handle, offset, length, mode };
    const refused = (): Refuse => ({ ino, operation: 'write' });
    this.#operations.attempt(context, 'allocate', args, refused, this.#operations.writerOf(handle));
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
    const args = {
      from: { ino: from.ino, offset: from.offset },
      to: { ino: to.ino, handle: to.handle, offset: to.offset },
      length: Math.min(length, maxCopyBytes),
    };
    const refused = (): Refuse => ({ ino: to.ino, operation: 'write' });
    return this.#operations.attempt(
      context,
      'copyRange',
      args,
      refused,
      this.#operations.writerOf(to.handle),
    );
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
      wants: sink.wants,
      add: (name, inode, nextOffset) => {
        const isDot = nextOffset <= 2;
        if (!plus || isDot) return sink.add(name, inode.ino, inode.mode, nextOffset, null);
        const isKnown = this.#known.has(inode.ino);
        const entry = this.#replies.entry(inode, { parent: ino, isKnown, isLocked: true });
        if (!sink.add(name, inode.ino, inode.mode, nextOffset, entry)) return false;
        this.#known.add(inode.ino);
        return true;
      },
    });
  }

  releasedir(): void {}

  fsyncdir(): Promise<void> {
    return this.#parts.sync();
  }

  statfs(): FileSystemStatistics {
    return diskStatistics(this.#parts.directory);
  }

  syncfs(): Promise<void> {
    return this.#parts.sync();
  }

  getxattr(context: RequestContext, ino: number, name: string): Buffer {
    const inode = this.#workspace.inodes.get(ino);
    return readXattr(this.#workspace, inode, name, () => this.#operations.actorOf(context).session);
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
    const args = { ino, name, flags, killSetgid };
    this.#operations.run(context, 'setXattr', args, undefined, value);
  }

  removexattr(context: RequestContext, ino: number, name: string): void {
    this.#operations.run(context, 'removeXattr', { ino, name });
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
    this.#parts.end();
    if (!this.#parts.coherence.hasMounts) this.#parts.reclaimOrphans();
  }

  /** Whether this mount's kernel may still ask for an inode. */
  knows(ino: number): boolean {
    return this.#isInherited || this.#known.has(ino);
  }

  /** Those of what it knows. */
  *names(): Generator<Entry> {
    const { entries } = this.#workspace;
    if (this.#isInherited) yield* entries.all();
    else for (const ino of this.#known.all()) yield* entries.ofInode(ino);
  }
}
