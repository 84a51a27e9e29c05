import { refusal } from '../../core/errors.js';
import type { Scope } from '../../core/scope.js';
import type {
  AttrChanges,
  AttrReply,
  CreateReply,
  Deferred,
  DirectorySink,
  EntryReply,
  FileSystem,
  KernelNotifier,
  LockHolder,
  LockRequest,
  NegativeEntry,
  OpenReply,
  RequestContext,
  WriteOptions,
} from '../filesystem.js';
import { ForwardingFileSystem } from '../forwarding-file-system.js';
import { isAclName } from '../store/acl.js';
import { isDirectory, isWritable, OpenFlag } from '../store/mode.js';
import type { Workspace } from '../store/workspace.js';
import type { Grants } from './grants.js';
import { ScopeGuard } from './scope-guard.js';

export const isRestricted = ({ mode, rules }: Scope): boolean => mode === 'read_only' || rules.length > 0;

/** Not remembered by the kernel, so that it takes no longer to ask for what is hidden than for what is not there. */
const absent: NegativeEntry = { attr: null, entryValid: 0 };

/**
 * A mount that may not see or not change everything: checks each request by the inodes and names in it, then leaves it
 * to the file system behind. Closing (flush, release) is never refused: what was written while it might be written
 * was acknowledged.
 */
export class ScopedFileSystem extends ForwardingFileSystem {
  readonly #inner: FileSystem;
  readonly #workspace: Workspace;
  readonly #grants: Grants;
  readonly #guard: ScopeGuard;

  constructor(inner: FileSystem, workspace: Workspace, grants: Grants) {
    super();
    this.#inner = inner;
    this.#workspace = workspace;
    this.#grants = grants;
    this.#guard = new ScopeGuard(workspace, grants);
  }

  protected override behind(): FileSystem {
    return this.#inner;
  }

  override lookup(context: RequestContext, parent: number, name: Buffer): EntryReply | NegativeEntry {
    this.#guard.see(parent);
    const found = this.#inner.lookup(context, parent, name);
    if (found.attr === null) return this.#grants.nameAccess(parent, name) === 'none' ? absent : found;
    if (this.#grants.isVisible(found.attr.ino)) return this.#shown(found);
    this.#inner.forget(found.attr.ino, 1);
    return absent;
  }

  /** The number of links of a directory tells how many directories are in it; 1 says that it tells nothing. */
  #shown<Reply extends AttrReply>(reply: Reply): Reply {
    if (isDirectory(reply.attr.mode) && !this.#grants.isOpen(reply.attr.ino)) reply.attr.nlink = 1;
    return reply;
  }

  override getattr(context: RequestContext, ino: number, handle: number | null): AttrReply {
    this.#guard.see(ino);
    return this.#shown(this.#inner.getattr(context, ino, handle));
  }

  override setattr(context: RequestContext, ino: number, changes: AttrChanges): Deferred<AttrReply> {
    this.#guard.change(ino);
    const reply = this.#inner.setattr(context, ino, changes);
    return reply instanceof Promise ? reply.then((late) => this.#shown(late)) : this.#shown(reply);
  }

  override readlink(context: RequestContext, ino: number): Buffer {
    this.#guard.read(ino);
    return this.#inner.readlink(context, ino);
  }

  override mknod(
    context: RequestContext,
    parent: number,
    name: Buffer,
    mode: number,
    rdev: number,
  ): EntryReply {
    this.#guard.create(parent, name);
    return this.#inner.mknod(context, parent, name, mode, rdev);
  }

  override mkdir(context: RequestContext, parent: number, name: Buffer, mode: number): EntryReply {
    this.#guard.create(parent, name);
    return this.#shown(this.#inner.mkdir(context, parent, name, mode));
  }

  override symlink(context: RequestContext, parent: number, name: Buffer, target: Buffer): EntryReply {
    this.#guard.create(parent, name);
    return this.#inner.symlink(context, parent, name, target);
  }

  override link(context: RequestContext, ino: number, newParent: number, newName: Buffer): EntryReply {
    this.#guard.link(ino, newParent, newName);
    return this.#inner.link(context, ino, newParent, newName);
  }

  override unlink(context: RequestContext, parent: number, name: Buffer): void {
    this.#guard.remove(parent, name);
    this.#inner.unlink(context, parent, name);
  }

  override rmdir(context: RequestContext, parent: number, name: Buffer): Deferred<void> {
    this.#guard.remove(parent, name);
    return this.#inner.rmdir(context, parent, name);
  }

  override rename(
    context: RequestContext,
    parent: number,
    name: Buffer,
    newParent: number,
    newName: Buffer,
    flags: number,
  ): Deferred<void> {
    this.#guard.rename(parent, name, newParent, newName, flags);
    return this.#inner.rename(context, parent, name, newParent, newName, flags);
  }

  override open(
    context: RequestContext,
    ino: number,
    flags: number,
    killPrivileges: boolean,
  ): Deferred<OpenReply> {
    this.#guard.read(ino);
    if (isWritable(flags) || (flags & OpenFlag.truncate) !== 0) this.#guard.change(ino);
    return this.#inner.open(context, ino, flags, killPrivileges);
  }

  override create(
    context: RequestContext,
    parent: number,
    name: Buffer,
    mode: number,
    flags: number,
  ): CreateReply {
    this.#guard.create(parent, name);
    // Taken meanwhile: it is opened.
    const taken = this.#workspace.entries.find(parent, name);
    if (taken !== undefined) this.#guard.change(taken.ino);
    return this.#inner.create(context, parent, name, mode, flags);
  }

  override tmpfile(context: RequestContext, parent: number, mode: number, flags: number): CreateReply {
    this.#guard.change(parent);
    const created = this.#inner.tmpfile(context, parent, mode, flags);
    this.#grants.grantUnnamed(created.entry.attr.ino, this.#grants.access(parent));
    return created;
  }

  override read(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    size: number,
  ): Deferred<readonly Uint8Array[]> {
    this.#guard.read(ino);
    return this.#inner.read(context, ino, handle, offset, size);
  }

  override write(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    data: Buffer,
    options: WriteOptions,
  ): Deferred<number> {
    this.#guard.change(ino);
    return this.#inner.write(context, ino, handle, offset, data, options);
  }

  override fsync(context: RequestContext, ino: number, handle: number, dataOnly: boolean): Deferred<void> {
    this.#guard.read(ino);
    // It would commit what another mount is writing there.
    if (this.#grants.access(ino) === 'ro') return this.#inner.syncfs(context);
    return this.#inner.fsync(context, ino, handle, dataOnly);
  }

  override fallocate(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    length: number,
    mode: number,
  ): Deferred<void> {
    this.#guard.change(ino);
    return this.#inner.fallocate(context, ino, handle, offset, length, mode);
  }

  override lseek(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    whence: number,
  ): number {
    this.#guard.read(ino);
    return this.#inner.lseek(context, ino, handle, offset, whence);
  }

  override copyFileRange(
    context: RequestContext,
    from: { readonly ino: number; readonly handle: number; readonly offset: number },
    to: { readonly ino: number; readonly handle: number; readonly offset: number },
    length: number,
  ): Deferred<number> {
    this.#guard.read(from.ino);
    this.#guard.change(to.ino);
    return this.#inner.copyFileRange(context, from, to, length);
  }

  override opendir(context: RequestContext, ino: number, flags: number): OpenReply {
    this.#guard.see(ino);
    return this.#inner.opendir(context, ino, flags);
  }

  override readdir(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    plus: boolean,
    sink: DirectorySink,
  ): void {
    this.#guard.see(ino);
    const skipped: number[] = [];
    this.#inner.readdir(context, ino, handle, offset, plus, {
      wants: this.#grants.namesIn(ino),
      add: (name, child, mode, nextOffset, entry) => {
        if (this.#grants.isVisible(child))
          return sink.add(name, child, mode, nextOffset, entry === null ? null : this.#shown(entry));
        skipped.push(child);
        return true;
      },
    });
    // READDIRPLUS counts what it gives as looked up.
    if (plus) for (const child of skipped) this.#inner.forget(child, 1);
  }

  override fsyncdir(context: RequestContext, ino: number, handle: number): Deferred<void> {
    this.#guard.see(ino);
    return this.#inner.fsyncdir(context, ino, handle);
  }

  /** A directory that may only be passed shows nothing but who may pass it. */
  override getxattr(context: RequestContext, ino: number, name: string): Buffer {
    this.#guard.see(ino);
    if (!isAclName(name) && this.#grants.access(ino) === 'none')
      throw refusal('no_such_attribute', `${name} is not set`);
    return this.#inner.getxattr(context, ino, name);
  }

  override listxattr(context: RequestContext, ino: number): readonly string[] {
    this.#guard.see(ino);
    const names = this.#inner.listxattr(context, ino);
    return this.#grants.access(ino) === 'none' ? names.filter(isAclName) : names;
  }

  override setxattr(
    context: RequestContext,
    ino: number,
    name: string,
    value: Buffer,
    flags: number,
    killSetgid: boolean,
  ): void {
    this.#guard.change(ino);
    this.#inner.setxattr(context, ino, name, value, flags, killSetgid);
  }

  override removexattr(context: RequestContext, ino: number, name: string): void {
    this.#guard.change(ino);
    this.#inner.removexattr(context, ino, name);
  }

  override getlk(context: RequestContext, ino: number, handle: number, lock: LockRequest): LockHolder | null {
    this.#guard.read(ino);
    return this.#inner.getlk(context, ino, handle, lock);
  }

  override setlk(
    context: RequestContext,
    ino: number,
    handle: number,
    lock: LockRequest,
    wait: boolean,
  ): Deferred<void> {
    if (lock.type !== 'unlock') this.#guard.read(ino);
    return this.#inner.setlk(context, ino, handle, lock, wait);
  }

  override destroy(): void {
    this.#grants.end();
    this.#inner.destroy();
  }
}

/** Takes pages and names from the kernel when the right to an inode ends: by itself it would keep them. */
export const withdrawingNotifier = (
  notifier: KernelNotifier,
  grants: Grants,
  workspace: Workspace,
): KernelNotifier => ({
  get hasExpiry() {
    return notifier.hasExpiry;
  },
  get coherent() {
    return notifier.coherent !== false;
  },
  expireName: (parent, name) => notifier.expireName(parent, name),
  invalidatePages: (ino) => notifier.invalidatePages(ino),
  invalidateAttributes: (ino) => {
    notifier.invalidateAttributes(ino);
    for (const each of grants.withdrawn(ino)) {
      void notifier.invalidatePages(each);
      for (const { parent, name } of workspace.entries.ofInode(each)) void notifier.expireName(parent, name);
    }
  },
});
