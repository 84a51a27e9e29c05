import { type MemfsError, refusal } from '../../core/errors.js';
import { controlName } from '../../core/scope.js';
import type {
  AttrChanges,
  AttrReply,
  CreateReply,
  Deferred,
  DirectorySink,
  EntryReply,
  FileSystem,
  FileSystemStatistics,
  LockHolder,
  LockRequest,
  NegativeEntry,
  OpenReply,
  RequestContext,
  WriteOptions,
} from '../filesystem.js';
import { rootIno } from '../store/workspace.js';
import { firstControlId } from './node-ids.js';

const reserved = Buffer.from(controlName);
const noReplace = 1;

const taken = (): MemfsError => refusal('already_exists', '.memfs is reserved');
const unchangeable = (): MemfsError => refusal('read_only', 'nothing in .memfs can be changed');

const isControlName = (parent: number, name: Buffer): boolean => parent === rootIno && name.equals(reserved);

/**
 * A mount with its control tree: `.memfs` can be looked up in the root and is not listed there. What concerns the
 * tree goes to it, everything else to the store; the node id decides.
 */
export class ControlledFileSystem implements FileSystem {
  readonly #store: FileSystem;
  readonly #control: FileSystem;

  /** `control` alone where it shows the mount's root too. */
  constructor(control: FileSystem, store: FileSystem = control) {
    this.#store = store;
    this.#control = control;
  }

  #of(ino: number): FileSystem {
    return ino < firstControlId ? this.#store : this.#control;
  }

  /** For what makes a name. */
  #forNew(parent: number, name: Buffer): FileSystem {
    if (isControlName(parent, name)) throw taken();
    return this.#of(parent);
  }

  /** For what takes a name away. */
  #forRemoval(parent: number, name: Buffer): FileSystem {
    if (isControlName(parent, name)) throw unchangeable();
    return this.#of(parent);
  }

  lookup(context: RequestContext, parent: number, name: Buffer): EntryReply | NegativeEntry {
    if (!isControlName(parent, name)) return this.#of(parent).lookup(context, parent, name);
    const { attr, attrValid } = this.#control.getattr(context, firstControlId, null);
    return { attr, attrValid, entryValid: 0 };
  }

  forget(ino: number, count: number): void {
    this.#of(ino).forget(ino, count);
  }

  getattr(context: RequestContext, ino: number, handle: number | null): AttrReply {
    return this.#of(ino).getattr(context, ino, handle);
  }

  setattr(context: RequestContext, ino: number, changes: AttrChanges): Deferred<AttrReply> {
    return this.#of(ino).setattr(context, ino, changes);
  }

  readlink(context: RequestContext, ino: number): Buffer {
    return this.#of(ino).readlink(context, ino);
  }

  mknod(context: RequestContext, parent: number, name: Buffer, mode: number, rdev: number): EntryReply {
    return this.#forNew(parent, name).mknod(context, parent, name, mode, rdev);
  }

  mkdir(context: RequestContext, parent: number, name: Buffer, mode: number): EntryReply {
    return this.#forNew(parent, name).mkdir(context, parent, name, mode);
  }

  symlink(context: RequestContext, parent: number, name: Buffer, target: Buffer): EntryReply {
    return this.#forNew(parent, name).symlink(context, parent, name, target);
  }

  link(context: RequestContext, ino: number, parent: number, name: Buffer): EntryReply {
    const fileSystem = this.#forNew(parent, name);
    if (ino >= firstControlId) throw unchangeable();
    return fileSystem.link(context, ino, parent, name);
  }

  unlink(context: RequestContext, parent: number, name: Buffer): void {
    this.#forRemoval(parent, name).unlink(context, parent, name);
  }

  rmdir(context: RequestContext, parent: number, name: Buffer): Deferred<void> {
    return this.#forRemoval(parent, name).rmdir(context, parent, name);
  }

  rename(
    context: RequestContext,
    parent: number,
    name: Buffer,
    newParent: number,
    newName: Buffer,
    flags: number,
  ): Deferred<void> {
    const fileSystem = this.#forRemoval(parent, name);
    if (isControlName(newParent, newName)) throw flags & noReplace ? taken() : unchangeable();
    if (newParent >= firstControlId) throw unchangeable();
    return fileSystem.rename(context, parent, name, newParent, newName, flags);
  }

  open(context: RequestContext, ino: number, flags: number, killPrivileges: boolean): Deferred<OpenReply> {
    return this.#of(ino).open(context, ino, flags, killPrivileges);
  }

  create(context: RequestContext, parent: number, name: Buffer, mode: number, flags: number): CreateReply {
    return this.#forNew(parent, name).create(context, parent, name, mode, flags);
  }

  tmpfile(context: RequestContext, parent: number, mode: number, flags: number): CreateReply {
    return this.#of(parent).tmpfile(context, parent, mode, flags);
  }

  read(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    size: number,
  ): Deferred<readonly Uint8Array[]> {
    return this.#of(ino).read(context, ino, handle, offset, size);
  }

  write(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    data: Buffer,
    options: WriteOptions,
  ): Deferred<number> {
    return this.#of(ino).write(context, ino, handle, offset, data, options);
  }

  flush(context: RequestContext, ino: number, handle: number, owner: bigint): Deferred<void> {
    return this.#of(ino).flush(context, ino, handle, owner);
  }

  release(context: RequestContext, ino: number, handle: number, flockOwner: bigint | null): Deferred<void> {
    return this.#of(ino).release(context, ino, handle, flockOwner);
  }

  fsync(context: RequestContext, ino: number, handle: number, dataOnly: boolean): Deferred<void> {
    return this.#of(ino).fsync(context, ino, handle, dataOnly);
  }

  fallocate(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    length: number,
    mode: number,
  ): Deferred<void> {
    return this.#of(ino).fallocate(context, ino, handle, offset, length, mode);
  }

  lseek(context: RequestContext, ino: number, handle: number, offset: number, whence: number): number {
    return this.#of(ino).lseek(context, ino, handle, offset, whence);
  }

  /** Out of the control tree the kernel copies by reading and writing. */
  copyFileRange(
    context: RequestContext,
    from: { readonly ino: number; readonly handle: number; readonly offset: number },
    to: { readonly ino: number; readonly handle: number; readonly offset: number },
    length: number,
  ): Deferred<number> {
    if (to.ino < firstControlId && from.ino >= firstControlId)
      throw refusal('unsupported', 'a virtual file is copied by reading it');
    return this.#of(to.ino).copyFileRange(context, from, to, length);
  }

  opendir(context: RequestContext, ino: number, flags: number): OpenReply {
    return this.#of(ino).opendir(context, ino, flags);
  }

  readdir(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    plus: boolean,
    sink: DirectorySink,
  ): void {
    this.#of(ino).readdir(context, ino, handle, offset, plus, sink);
  }

  releasedir(context: RequestContext, ino: number, handle: number): void {
    this.#of(ino).releasedir(context, ino, handle);
  }

  fsyncdir(context: RequestContext, ino: number, handle: number): Deferred<void> {
    return this.#of(ino).fsyncdir(context, ino, handle);
  }

  statfs(context: RequestContext): FileSystemStatistics {
    return this.#store.statfs(context);
  }

  syncfs(context: RequestContext): Deferred<void> {
    return this.#store.syncfs(context);
  }

  getxattr(context: RequestContext, ino: number, name: string): Buffer {
    return this.#of(ino).getxattr(context, ino, name);
  }

  listxattr(context: RequestContext, ino: number): readonly string[] {
    return this.#of(ino).listxattr(context, ino);
  }

  setxattr(
    context: RequestContext,
    ino: number,
    name: string,
    value: Buffer,
    flags: number,
    killSetgid: boolean,
  ): void {
    this.#of(ino).setxattr(context, ino, name, value, flags, killSetgid);
  }

  removexattr(context: RequestContext, ino: number, name: string): void {
    this.#of(ino).removexattr(context, ino, name);
  }

  getlk(context: RequestContext, ino: number, handle: number, lock: LockRequest): LockHolder | null {
    return this.#of(ino).getlk(context, ino, handle, lock);
  }

  setlk(
    context: RequestContext,
    ino: number,
    handle: number,
    lock: LockRequest,
    wait: boolean,
  ): Deferred<void> {
    return this.#of(ino).setlk(context, ino, handle, lock, wait);
  }

  interrupt(unique: bigint): void {
    this.#control.interrupt(unique);
    this.#store.interrupt(unique);
  }

  destroy(): void {
    this.#control.destroy();
    if (this.#store !== this.#control) this.#store.destroy();
  }
}
