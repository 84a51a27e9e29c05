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
import type { NewNode } from '../operations/namespace.js';
import type { Refuse } from '../operations/refuse.js';
import { FileType, isDirectory, isRegular, isWritable, OpenFlag } from '../store/mode.js';
import { toBinaryString } from '../store/operation.js';
import type { Workspace } from '../store/workspace.js';
import type { MountView } from '../store.js';
import { diskStatistics } from './disk-statistics.js';
import { DueCommits } from './due-commits.js';
import { MountCloses } from './mount-closes.js';
import { MountLocks } from './mount-locks.js';
import { MountNodes } from './mount-nodes.js';
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
  readonly #operations: MountOperations;
  readonly #replies: MountReplies;
  readonly #locks: MountLocks;
  readonly #reads: MountReads;
  readonly #nodes: MountNodes;
  readonly #closes: MountCloses;
  readonly #underWay: WritesUnderWay;

  /** `isInherited`: an earlier engine served the connection, and only its kernel knows what it knows of. */
  constructor(parts: StoreParts, view: MountView, notifier: KernelNotifier, isInherited: boolean) {
    this.#parts = parts;
    const { workspace, ledger, coherence } = parts;
    const { isRunning } = workspace.tables;
    this.#underWay = new WritesUnderWay(workspace, view.connection, () => ledger.now().ms, isRunning);
    this.#operations = new MountOperations(parts, view, this.#underWay);
    this.#replies = new MountReplies(workspace, coherence, notifier, view.connection);
    this.#reads = new MountReads(workspace, view, () => ledger.now());
    this.#locks = new MountLocks(workspace, ledger, view, (context, ino) =>
      this.#operations.publish(context, ino),
    );
    const due = new DueCommits(ledger, coherence);
    const nodeParts = { ...parts, replies: this.#replies, due, internal: this.#operations.internal };
    this.#nodes = new MountNodes(nodeParts, view.connection, isInherited);
    const closeParts = { workspace, operations: this.#operations, locks: this.#locks, due };
    this.#closes = new MountCloses(closeParts, view.connection, this.#underWay);
    this.#workspace = workspace;
    this.#view = view;
  }

  lookup(_context: RequestContext, parent: number, name: Buffer): EntryReply | NegativeEntry {
    return this.#nodes.lookup(parent, name);
  }

  forget(ino: number, count: number): void {
    this.#nodes.forget(ino, count);
  }

  getattr(_context: RequestContext, ino: number): AttrReply {
    return this.#replies.attributes(this.#nodes.look(ino));
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
    const node = { ...newNode(context, parent, mode), name: toBinaryString(name), rdev };
    return this.#nodes.entry(this.#operations.run(context, 'makeNode', node), parent);
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
    return this.#nodes.entry(this.#operations.run(context, 'makeNode', node), parent);
  }

  link(context: RequestContext, ino: number, parent: number, name: Buffer): EntryReply {
    const args = { ino, parent, name: toBinaryString(name) };
    return this.#nodes.entry(this.#operations.run(context, 'link', args), parent);
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
    const args = { parent, name: toBinaryString(name), newParent, newName: toBinaryString(newName), flags };
    const source = (): number | undefined => this.#workspace.entries.find(parent, name)?.ino;
    this.#operations.attempt(context, 'rename', args, () =>
      this.#refusedName(newParent, newName, 'rename', source()),
    );
    return this.#operations.renamed();
  }

  open(context: RequestContext, ino: number, flags: number, killPrivileges: boolean): OpenReply {
    const inode = this.#nodes.look(ino);
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
    const node = { ...newNode(context, parent, fileMode(mode)), name: toBinaryString(name), flags };
    try {
      const created = this.#operations.run(context, 'createFile', node);
      return { entry: this.#nodes.entry(created.ino, parent), handle: created.handle, keepCache: true };
    } catch (error) {
      const isTaken = error instanceof MemfsError && error.code === 'already_exists';
      if (!isTaken || flags & OpenFlag.exclusive) throw error;
      const { ino } = this.#workspace.entry(parent, name);
      return { ...this.open(context, ino, flags, false), entry: this.#nodes.entry(ino, parent) };
    }
  }

  tmpfile(context: RequestContext, parent: number, mode: number, flags: number): CreateReply {
    const node = { ...newNode(context, parent, fileMode(mode)), flags };
    const created = this.#operations.run(context, 'createUnnamed', node);
    return { entry: this.#nodes.entry(created.ino, parent), handle: created.handle, keepCache: true };
  }

  read(
    _context: RequestContext,
    ino: number,
    _handle: number,
    offset: number,
    size: number,
  ): readonly Uint8Array[] {
    this.#parts.coherence.gavePages(this.#view.connection, ino);
    return this.#reads.read(this.#nodes.look(ino), offset, size);
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
    const place = { ino, handle, offset, append, killPrivileges };
    const args = append
      ? { ...place, thread: this.#underWay.threadOf(context.pid, offset, data.length, options) }
      : place;
    const refused = (): Refuse => ({ ino, operation: 'write', offset });
    const writer = this.#operations.writerOf(handle);
    this.#parts.coherence.gavePages(this.#view.connection, ino);
    return this.#operations.attempt(context, 'write', args, refused, writer, data);
  }

  flush(context: RequestContext, ino: number, handle: number, owner: bigint): Deferred<void> {
    return this.#closes.flush(context, ino, handle, owner);
  }

  release(context: RequestContext, ino: number, handle: number, flockOwner: bigint | null): void {
    this.#closes.release(context, ino, handle, flockOwner);
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
    const writer = this.#operations.writerOf(to.handle);
    return this.#operations.attempt(context, 'copyRange', args, refused, writer);
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
    this.#nodes.list(ino, offset, plus, sink);
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
    this.#nodes.clear();
    this.#parts.coherence.remove(this.#view.connection);
    if (this.#parts.ledger.damaged !== null) return;
    this.#parts.end();
    if (!this.#parts.coherence.hasMounts) this.#parts.reclaimOrphans();
  }

  /** Whether this mount's kernel may still ask for an inode. */
  knows(ino: number): boolean {
    return this.#nodes.knows(ino);
  }

  /** Returns the names of what it knows. */
  names(): Iterable<Entry> {
    return this.#nodes.names();
  }
}

const fileMode = (mode: number): number => (mode & ~FileType.mask) | FileType.regular;

const newNode = (
  { uid, gid, umask }: RequestContext,
  parent: number,
  mode: number,
): Pick<NewNode, 'parent' | 'mode' | 'umask' | 'uid' | 'gid'> => ({ parent, mode, umask, uid, gid });
