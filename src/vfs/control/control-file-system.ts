import { refusal } from '../../core/errors.js';
import type {
  Attr,
  AttrReply,
  Deferred,
  DirectorySink,
  EntryReply,
  FileSystemStatistics,
  NegativeEntry,
  OpenReply,
  RequestContext,
} from '../filesystem.js';
import { ReadOnlyFileSystem } from '../scope/read-only-file-system.js';
import { FileType, isWritable, OpenFlag } from '../store/mode.js';
import type { ControlDirectory, ControlEntry, ControlFile, ControlNode } from './node.js';
import type { NodeIds } from './node-ids.js';

/** Seconds for which the kernel may believe what it was told of a node that does not change. */
const fixedSeconds = 1;
/** FUSE_UNKNOWN_INO of libfuse: no id has been given out yet. */
const unknownIno = 0xffff_ffff;
const dots = ['.', '..'].map((name) => Buffer.from(name));
const seekData = 3;
const seekHole = 4;

/** The path that stands for the mount's own root, where that shows the past; no name can be it. */
export const shownRoot = '\0';

export interface ControlTree {
  /** `.memfs` */
  readonly root: ControlDirectory;
  readonly shown: ControlDirectory | null;
  readonly ids: NodeIds;
  /** Reads that wait for what is to come, by request. */
  readonly waiting: ReadonlyMap<bigint, AbortController>;
  /** Microseconds since the epoch: where handle numbers begin, which no other engine gives out again. */
  readonly firstHandle: number;
  statistics(): FileSystemStatistics;
  /** Nothing more is read through this handle. */
  release(handle: number): void;
  ended(): void;
}

/** The file system of virtual nodes: a node id is a path, and a path is walked anew at each request. */
export class ControlFileSystem extends ReadOnlyFileSystem {
  readonly #tree: ControlTree;
  #nextHandle: number;
  /** The listing of the handle that was read last; lost, it is made again. */
  #listing: { readonly handle: number; readonly entries: readonly ControlEntry[] } | null = null;

  constructor(tree: ControlTree) {
    super();
    this.#tree = tree;
    this.#nextHandle = tree.firstHandle;
  }

  #node(ino: number): ControlNode {
    let node: ControlNode | null = this.#tree.root;
    for (const name of this.#tree.ids.pathOf(ino).split('/'))
      if (name === shownRoot) node = this.#tree.shown;
      else if (name !== '') node = node?.kind === 'directory' ? node.find(Buffer.from(name, 'latin1')) : null;
    if (node === null) throw refusal('gone', `node ${ino} is no more`);
    return node;
  }

  #directory(ino: number): ControlDirectory {
    const node = this.#node(ino);
    if (node.kind !== 'directory') throw refusal('not_a_directory', 'not a directory');
    return node;
  }

  #file(ino: number): ControlFile {
    const node = this.#node(ino);
    if (node.kind !== 'file') throw refusal('invalid', 'not a file that can be read');
    return node;
  }

  override lookup(_context: RequestContext, parent: number, name: Buffer): EntryReply | NegativeEntry {
    const node = this.#directory(parent).find(name);
    if (node === null) return { attr: null, entryValid: 0 };
    const directory = this.#tree.ids.pathOf(parent);
    const path = name.toString('latin1');
    const ino = this.#tree.ids.lookup(directory === '' ? path : `${directory}/${path}`);
    return { ...replyOf(ino, node), entryValid: node.fixed === true ? fixedSeconds : 0 };
  }

  override forget(ino: number, count: number): void {
    this.#tree.ids.forget(ino, count);
  }

  override getattr(_context: RequestContext, ino: number): AttrReply {
    return replyOf(ino, this.#node(ino));
  }

  override readlink(_context: RequestContext, ino: number): Buffer {
    const node = this.#node(ino);
    if (node.kind !== 'symlink') throw refusal('invalid', 'not a symbolic link');
    return node.target;
  }

  override open(_context: RequestContext, ino: number, flags: number): OpenReply {
    if (isWritable(flags) || flags & OpenFlag.truncate)
      throw refusal('read_only', 'nothing here can be changed');
    const file = this.#file(ino);
    return {
      handle: file.open?.() ?? this.#nextHandle++,
      keepCache: false,
      directIo: file.access === 'direct',
    };
  }

  override read(
    context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    size: number,
  ): Deferred<readonly Uint8Array[]> {
    return this.#file(ino).read({ context, handle, offset, size });
  }

  override release(_context: RequestContext, _ino: number, handle: number): void {
    this.#tree.release(handle);
  }

  /** All data, no holes. */
  override lseek(
    _context: RequestContext,
    ino: number,
    _handle: number,
    offset: number,
    whence: number,
  ): number {
    const { size } = this.#node(ino).attributes();
    if (whence !== seekData && whence !== seekHole) throw refusal('invalid', `lseek whence ${whence}`);
    if (offset >= size) throw refusal('no_such_extent', 'beyond the end of the file');
    return whence === seekData ? offset : size;
  }

  override opendir(_context: RequestContext, ino: number): OpenReply {
    this.#directory(ino);
    return { handle: this.#nextHandle++, keepCache: false };
  }

  override readdir(
    _context: RequestContext,
    ino: number,
    handle: number,
    offset: number,
    _plus: boolean,
    sink: DirectorySink,
  ): void {
    for (const [index, name] of dots.entries())
      if (offset <= index && !sink.add(name, ino, FileType.directory, index + 1, null)) return;
    for (const entry of this.#entries(ino, handle, offset))
      if (entry.offset > offset && !sink.add(entry.name, unknownIno, entry.mode, entry.offset, null)) return;
  }

  #entries(ino: number, handle: number, offset: number): readonly ControlEntry[] {
    if (offset > 0 && this.#listing?.handle === handle) return this.#listing.entries;
    const entries = this.#directory(ino).list();
    this.#listing = { handle, entries };
    return entries;
  }

  override releasedir(_context: RequestContext, _ino: number, handle: number): void {
    if (this.#listing?.handle === handle) this.#listing = null;
  }

  override statfs(): FileSystemStatistics {
    return this.#tree.statistics();
  }

  override interrupt(unique: bigint): void {
    this.#tree.waiting.get(unique)?.abort();
  }

  override destroy(): void {
    for (const read of [...this.#tree.waiting.values()]) read.abort();
    this.#tree.ended();
  }
}

function replyOf(ino: number, node: ControlNode): AttrReply {
  const { mode, uid, gid, size, mtime } = node.attributes();
  const attr: Attr = {
    ino,
    mode,
    // Of directories too: 1 says that nothing can be concluded about how many there are below.
    nlink: 1,
    uid,
    gid,
    rdev: 0,
    size,
    blocks: Math.ceil(size / 512),
    atimeSec: mtime.sec,
    atimeNsec: mtime.nsec,
    mtimeSec: mtime.sec,
    mtimeNsec: mtime.nsec,
    ctimeSec: mtime.sec,
    ctimeNsec: mtime.nsec,
  };
  return { attr, attrValid: node.fixed === true ? fixedSeconds : 0 };
}
