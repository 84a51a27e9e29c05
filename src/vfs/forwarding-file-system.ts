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
} from './filesystem.js';
import { rootIno } from './store/workspace.js';

/**
 * Leaves every request to the file system behind it. Heirs override what they change; what names an inode goes where
 * that inode is served, what makes or removes a name where its directory is, and what names none where the root is.
 */
export abstract class ForwardingFileSystem implements FileSystem {
  /** The file system that serves an inode. */
  protected abstract behind(ino: number): FileSystem;

  lookup(context: RequestContext, parent: number, name: Buffer): EntryReply | NegativeEntry {
    return this.behind(parent).lookup(context, parent, name);
  }

  forget(ino: number, count: number): void {
    this.behind(ino).forget(ino, count);
  }

  getattr(context: RequestContext, ino: number, handle: number | null): AttrReply {
    return this.behind(ino).getattr(context, ino, handle);
  }

  setattr(context: RequestContext, ino: number, changes: AttrChanges): Deferred<AttrReply> {
    return this.behind(ino).setattr(context, ino, changes);
  }

  readlink(context: RequestContext, ino: number): Buffer {
    return this.behind(ino).readlink(context, ino);
  }

  mknod(context: RequestContext, parent: number, name: Buffer, mode: number, rdev: number): EntryReply {
    return this.behind(parent).mknod(context, parent, name, mode, rdev);
  }

  mkdir(context: RequestContext, parent: number, name: Buffer, mode: number): EntryReply {
    return this.behind(parent).mkdir(context, parent, name, mode);
  }

  symlink(context: RequestContext, parent: number, name: Buffer, target: Buffer): EntryReply {
    return this.behind(parent).symlink(context, parent, name, target);
  }

  link(context: RequestContext, ino: number, newParent: number, newName: Buffer): EntryReply {
    return this.behind(newParent).link(context, ino, newParent, newName);
  }

  unlink(context: RequestContext, parent: number, name: Buffer): void {
    this.behind(parent).unlink(context, parent, name);
  }

  rmdir(context: RequestContext, parent: number, name: Buffer): Deferred<void> {
    return this.behind(parent).rmdir(context, parent, name);
  }

  rename(
    context: RequestContext,
    parent: number,
    name: Buffer,
    newParent: number,
    newName: Buffer,
    flags: number,
  ): Deferred<void> {
    return this.behind(parent).rename(context, parent, name, newParent, newName, flags);
  }

  open(context: RequestContext, ino: number, flags: number, killPrivileges: boolean): Deferred<OpenReply> {
    return this.behind(ino).open(context, ino, flags, killPrivileges);
  }

  create(context: RequestContext, parent: number, name: Buffer, mode: number, flags: number): CreateReply {
    return this.behind(parent).create(context, parent, name, mode, flags);
  }

  tmpfile(context: RequestContext, parent: number, mode: number, flags: number): CreateReply {
    return this.behind(parent).tmpfile(context, parent, mode, flags);
  }

  read(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    size: number,
  ): Deferred<readonly Uint8Array[]> {
    return this.behind(ino).read(context, ino, handle, offset, size);
  }

  write(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    data: Buffer,
    options: WriteOptions,
  ): Deferred<number> {
    return this.behind(ino).write(context, ino, handle, offset, data, options);
  }

  flush(context: RequestContext, ino: number, handle: number, owner: bigint): Deferred<void> {
    return this.behind(ino).flush(context, ino, handle, owner);
  }

  release(context: RequestContext, ino: number, handle: number, flockOwner: bigint | null): Deferred<void> {
    return this.behind(ino).release(context, ino, handle, flockOwner);
  }

  fsync(context: RequestContext, ino: number, handle: number, dataOnly: boolean): Deferred<void> {
    return this.behind(ino).fsync(context, ino, handle, dataOnly);
  }

  fallocate(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    length: number,
    mode: number,
  ): Deferred<void> {
    return this.behind(ino).fallocate(context, ino, handle, offset, length, mode);
  }

  lseek(context: RequestContext, ino: number, handle: number, offset: number, whence: number): number {
    return this.behind(ino).lseek(context, ino, handle, offset, whence);
  }

  copyFileRange(
    context: RequestContext,
    from: { readonly ino: number; readonly handle: number; readonly offset: number },
    to: { readonly ino: number; readonly handle: number; readonly offset: number },
    length: number,
  ): Deferred<number> {
    return this.behind(to.ino).copyFileRange(context, from, to, length);
  }

  opendir(context: RequestContext, ino: number, flags: number): OpenReply {
    return this.behind(ino).opendir(context, ino, flags);
  }

  readdir(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    plus: boolean,
    sink: DirectorySink,
  ): void {
    this.behind(ino).readdir(context, ino, handle, offset, plus, sink);
  }

  releasedir(context: RequestContext, ino: number, handle: number): void {
    this.behind(ino).releasedir(context, ino, handle);
  }

  fsyncdir(context: RequestContext, ino: number, handle: number): Deferred<void> {
    return this.behind(ino).fsyncdir(context, ino, handle);
  }

  statfs(context: RequestContext): FileSystemStatistics {
    return this.behind(rootIno).statfs(context);
  }

  syncfs(context: RequestContext): Deferred<void> {
    return this.behind(rootIno).syncfs(context);
  }

  getxattr(context: RequestContext, ino: number, name: string): Buffer {
    return this.behind(ino).getxattr(context, ino, name);
  }

  listxattr(context: RequestContext, ino: number): readonly string[] {
    return this.behind(ino).listxattr(context, ino);
  }

  setxattr(
    context: RequestContext,
    ino: number,
    name: string,
    value: Buffer,
    flags: number,
    killSetgid: boolean,
  ): void {
    this.behind(ino).setxattr(context, ino, name, value, flags, killSetgid);
  }

  removexattr(context: RequestContext, ino: number, name: string): void {
    this.behind(ino).removexattr(context, ino, name);
  }

  getlk(context: RequestContext, ino: number, handle: number, lock: LockRequest): LockHolder | null {
    return this.behind(ino).getlk(context, ino, handle, lock);
  }

  setlk(
    context: RequestContext,
    ino: number,
    handle: number,
    lock: LockRequest,
    wait: boolean,
  ): Deferred<void> {
    return this.behind(ino).setlk(context, ino, handle, lock, wait);
  }

  interrupt(unique: bigint): void {
    this.behind(rootIno).interrupt(unique);
  }

  destroy(): void {
    this.behind(rootIno).destroy();
  }
}
