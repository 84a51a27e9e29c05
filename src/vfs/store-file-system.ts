import { MemfsError, refusal } from '../core/errors.js';
import type { Actor } from '../core/model.js';
import type { Coherence } from './coherence.js';
import { fillDirectory } from './directory-listing.js';
import { diskStatistics } from './disk-statistics.js';
import { DueCommits } from './due-commits.js';
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
import { type Inode, workingOf } from './inode.js';
import type { Ledger } from './ledger.js';
import { FileType, isDirectory, isRegular, isWritable, OpenFlag } from './mode.js';
import { MountLocks } from './mount-locks.js';
import { MountReads } from './mount-reads.js';
import { MountReplies } from './mount-replies.js';
import { type Origin, toBinaryString, type WriteRules } from './operation.js';
import { rulesOf } from './operation-contexts.js';
import type { ArgsOf, OperationName, ResultOf } from './operations/all.js';
import { checkName } from './operations/namespace.js';
import { isNews } from './operations/preconditions.js';
import type { Refuse } from './operations/refuse.js';
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

/** Not a request of the kernel, or not the result of one. */
const unasked = { unique: 0n, resent: false };

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
  readonly #rules: WriteRules;
  readonly #internal: Origin;
  /** Lookups that the kernel has not forgotten, by inode. */
  readonly #known = new Map<number, number>();

  readonly #replies: MountReplies;
  readonly #locks: MountLocks;
  readonly #reads: MountReads;
  readonly #due: DueCommits;

  constructor(parts: StoreParts, view: MountView, notifier: KernelNotifier) {
    this.#parts = parts;
    const { workspace, coherence } = parts;
    this.#replies = new MountReplies(workspace, coherence, notifier, view.connection);
    this.#reads = new MountReads(workspace, view, () => parts.ledger.now());
    this.#locks = new MountLocks(workspace, parts.ledger, view, (context, ino) =>
      this.#publish(context, ino),
    );
    this.#due = new DueCommits(parts.ledger, coherence);
    this.#workspace = workspace;
    this.#view = view;
    this.#rules = rulesOf(view);
    this.#internal = this.#origin(unasked, view.actor);
  }

  #origin({ unique, resent }: Pick<RequestContext, 'unique' | 'resent'>, actor: Actor): Origin {
    return { connection: this.#view.connection, unique, resent, actor, rules: this.#rules };
  }

  /** Whose process it is: its own session, if it names one, else the mount's. */
  #actorOf({ pid }: RequestContext): Actor {
    return this.#view.claimOf?.(pid) ?? this.#view.actor;
  }

  #run<Name extends OperationName>(
    context: RequestContext,
    name: Name,
    args: ArgsOf<Name>,
    payload?: Buffer,
    actor = this.#actorOf(context),
  ): ResultOf<Name> {
    return this.#parts.ledger.run(name, this.#origin(context, actor), args, payload);
  }

  /** The same for what a precondition may refuse: then what was wanted is kept as a conflict before the ESTALE. */
  #attempt<Name extends OperationName>(
    context: RequestContext,
    name: Name,
    args: ArgsOf<Name>,
    refused: () => Refuse | undefined,
    payload?: Buffer,
    actor = this.#actorOf(context),
  ): ResultOf<Name> {
    try {
      return this.#run(context, name, args, payload, actor);
    } catch (error) {
      if (error instanceof MemfsError && error.code === 'conflict') {
        const kept = refused();
        if (kept !== undefined) this.#run(context, 'refuse', kept, payload, actor);
      }
      throw error;
    }
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
    return this.#replies.entry(this.#look(ino));
  }

  /** The inode as this mount must see it now. */
  #look(ino: number): Inode {
    return this.#due.settle(this.#workspace.inodes.get(ino), this.#view.connection);
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
    return this.#replies.attributes(this.#look(ino));
  }

  setattr(context: RequestContext, ino: number, changes: AttrChanges): AttrReply {
    if (changes.size === undefined) this.#run(context, 'setAttributes', { ino, changes });
    else this.#attempt(context, 'setAttributes', { ino, changes }, () => ({ ino, operation: 'truncate' }));
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
    const args = { parent, name: toBinaryString(name) };
    this.#attempt(context, 'unlink', args, () => this.#refusedName(parent, name, 'unlink'));
  }

  #refusedName(parent: number, name: Buffer, operation: string, source?: number): Refuse | undefined {
    const ino = this.#workspace.entries.find(parent, name)?.ino;
    if (ino === undefined) return undefined;
    return source === undefined ? { ino, operation } : { ino, operation, source };
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
    const args = {
      parent,
      name: toBinaryString(name),
      newParent,
      newName: toBinaryString(newName),
      flags,
    };
    const source = (): number | undefined => this.#workspace.entries.find(parent, name)?.ino;
    this.#attempt(context, 'rename', args, () => this.#refusedName(newParent, newName, 'rename', source()));
  }

  open(context: RequestContext, ino: number, flags: number, killPrivileges: boolean): OpenReply {
    const inode = this.#look(ino);
    const changes = isWritable(flags) || (flags & OpenFlag.truncate) !== 0;
    const { keepCache } = this.#replies;
    const actor = this.#actorOf(context);
    if (!changes || !isRegular(inode.mode)) {
      this.#observe(context, inode, actor);
      return { handle: nextReadHandle++, keepCache };
    }
    const args = { ino, flags, killPrivileges };
    const refused = (): Refuse => ({ ino, operation: 'open' });
    const handle = this.#attempt(context, 'openForWriting', args, refused, undefined, actor);
    return { handle, keepCache: keepCache && (flags & OpenFlag.truncate) === 0 };
  }

  /** What the session reads from now on is what its writes are measured against. */
  #observe(context: RequestContext, inode: Inode, actor: Actor): void {
    const { workspace, ledger } = this.#parts;
    if (ledger.damaged !== null || !isNews({ workspace }, inode, actor)) return;
    ledger.run('observeVersion', this.#origin(context, actor), { ino: inode.ino });
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
    const args = { ino, handle, offset, append, killPrivileges };
    const refused = (): Refuse => ({ ino, operation: 'write', offset });
    return this.#attempt(context, 'write', args, refused, data, this.#writerOf(handle));
  }

  /** Attribution is by the session that opened the file, whoever writes through the descriptor. */
  #writerOf(handle: number): Actor {
    return this.#workspace.handles.get(handle)?.actor ?? this.#view.actor;
  }

  /**
   * A descriptor that wrote nothing commits nothing, though its file may be new or cut to nothing: a shell closes
   * its first descriptor of `> file` before it writes to the second. RELEASE commits what is left then, or the next
   * mount that looks.
   */
  flush(context: RequestContext, ino: number, handle: number, owner: bigint): Deferred<void> {
    const open = this.#workspace.handles.get(handle);
    const hasWritten = open?.written === true;
    const failure = hasWritten ? this.#commit(context, { ino, handle }) : null;
    const isDue =
      open !== undefined && this.#due.mark(this.#workspace.inodes.find(ino), this.#view.connection);
    const settled =
      this.#locks.flush(context, ino, owner) ?? (hasWritten || isDue ? this.#settled() : undefined);
    if (failure === null) return settled;
    if (settled === undefined) throw failure;
    return settled.then(() => {
      throw failure;
    });
  }

  /** Null, or why it could not be committed; of a conflict the bytes are kept. */
  #commit(context: RequestContext, args: ArgsOf<'commit'>): MemfsError | null {
    const { ino, handle } = args;
    if (!this.#needsCommit(ino)) return null;
    const refused = (): Refuse => ({ ino, operation: 'close' });
    const actor = handle === undefined ? this.#view.actor : this.#writerOf(handle);
    try {
      this.#attempt(context, 'commit', args, refused, undefined, actor);
      return null;
    } catch (error) {
      if (error instanceof MemfsError && error.code === 'conflict') return error;
      throw error;
    }
  }

  #needsCommit(ino: number): boolean {
    const inode = this.#workspace.inodes.find(ino);
    if (inode === undefined || inode.nlink === 0) return false;
    return inode.version === null || workingOf(inode, this.#view.connection) !== undefined;
  }

  /** What this mount has written to a file is in the store, and other mounts see it. */
  #publish(context: RequestContext, ino: number): Deferred<void> {
    // A conflict is kept, and its writer hears of it at close: a lock must pass on all the same.
    if (workingOf(this.#workspace.inodes.get(ino), this.#view.connection) !== undefined)
      this.#commit({ ...context, ...unasked }, { ino });
    return this.#settled();
  }

  /** Other mounts have dropped what they cached of the files that this one committed. */
  #settled(): Deferred<void> {
    return this.#parts.coherence.settled(this.#view.connection)?.then(() => {});
  }

  release(context: RequestContext, ino: number, handle: number, flockOwner: bigint | null): void {
    this.#locks.release(context, ino, handle, flockOwner);
    if (this.#workspace.handles.has(handle))
      this.#run(context, 'closeHandle', { handle }, undefined, this.#writerOf(handle));
  }

  async fsync(context: RequestContext, ino: number): Promise<void> {
    if (this.#needsCommit(ino)) this.#run(context, 'commit', { ino });
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
    const args = { ino, handle, offset, length, mode };
    const refused = (): Refuse => ({ ino, operation: 'write' });
    this.#attempt(context, 'allocate', args, refused, undefined, this.#writerOf(handle));
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
    return this.#attempt(context, 'copyRange', args, refused, undefined, this.#writerOf(to.handle));
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
    return diskStatistics(this.#parts.directory);
  }

  syncfs(): Promise<void> {
    return this.#parts.sync();
  }

  getxattr(context: RequestContext, ino: number, name: string): Buffer {
    const inode = this.#workspace.inodes.get(ino);
    return readXattr(this.#workspace, inode, name, () => this.#actorOf(context).session);
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
