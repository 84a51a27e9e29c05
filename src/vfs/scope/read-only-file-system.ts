import { type MemfsError, refusal } from '../../core/errors.js';
import type {
  AttrReply,
  CreateReply,
  Deferred,
  DirectorySink,
  EntryReply,
  FileSystem,
  FileSystemStatistics,
  LockHolder,
  NegativeEntry,
  OpenReply,
  RequestContext,
} from '../filesystem.js';

const refused = (): MemfsError => refusal('read_only', 'nothing here can be changed');

/** A file system that answers every mutation with EROFS; what can be read is for its heirs to say. */
export abstract class ReadOnlyFileSystem implements FileSystem {
  abstract lookup(context: RequestContext, parent: number, name: Buffer): EntryReply | NegativeEntry;
  abstract forget(ino: number, count: number): void;
  abstract getattr(context: RequestContext, ino: number): AttrReply;
  abstract readlink(context: RequestContext, ino: number): Buffer;
  abstract open(context: RequestContext, ino: number, flags: number): OpenReply;
  abstract read(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    size: number,
  ): Deferred<readonly Uint8Array[]>;
  abstract release(context: RequestContext, ino: number, handle: number): void;
  abstract lseek(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    whence: number,
  ): number;
  abstract opendir(context: RequestContext, ino: number): OpenReply;
  abstract readdir(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    plus: boolean,
    sink: DirectorySink,
  ): void;
  abstract releasedir(context: RequestContext, ino: number, handle: number): void;
  abstract statfs(context: RequestContext): FileSystemStatistics;
  abstract interrupt(unique: bigint): void;
  abstract destroy(): void;

  setattr(): AttrReply {
    throw refused();
  }

  mknod(): EntryReply {
    throw refused();
  }

  mkdir(): EntryReply {
    throw refused();
  }

  symlink(): EntryReply {
    throw refused();
  }

  link(): EntryReply {
    throw refused();
  }

  unlink(): void {
    throw refused();
  }

  rmdir(): void {
    throw refused();
  }

  rename(): void {
    throw refused();
  }

  create(): CreateReply {
    throw refused();
  }

  tmpfile(): CreateReply {
    throw refused();
  }

  write(): number {
    throw refused();
  }

  fallocate(): void {
    throw refused();
  }

  copyFileRange(): number {
    throw refused();
  }

  setxattr(): void {
    throw refused();
  }

  removexattr(): void {
    throw refused();
  }

  flush(): void {}

  fsync(): void {}

  fsyncdir(): void {}

  syncfs(): void {}

  getxattr(_context: RequestContext, _ino: number, name: string): Buffer {
    throw refusal('no_such_attribute', `${name} is not set`);
  }

  listxattr(): readonly string[] {
    return [];
  }

  /** Nobody can change what is locked here, so every lock is granted and none stands in another's way. */
  setlk(): void {}

  getlk(): LockHolder | null {
    return null;
  }
}
