import { refusal } from '../../core/errors.js';
import type { Timestamp } from '../../core/model.js';
import type { ScopeMatcher } from '../../core/scope.js';
import type { RecordRow } from '../../journal/records/records.js';
import type { Entry } from '../../journal/tree/entries.js';
import { isHiddenElsewhere } from '../scope/least-access.js';
import { showsDirectory, showsFile } from '../scope/visible-records.js';
import { FileType, isDirectory } from '../store/mode.js';
import { rootIno, type Workspace } from '../store/workspace.js';

/** One node of the tree as it was after a record. */
export interface NodeAt {
  readonly ino: number;
  readonly path: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly memory: number | null;
  /** The state of a memory; null for everything else. */
  readonly record: RecordRow | null;
  readonly target: Buffer | null;
}

/** The versioned part of the tree after the record `seq`, as far as a scope shows it. */
export class TreeAt {
  readonly #workspace: Workspace;
  readonly #seq: number;
  readonly #matcher: ScopeMatcher;

  constructor(workspace: Workspace, seq: number, matcher: ScopeMatcher) {
    this.#workspace = workspace;
    this.#seq = seq;
    this.#matcher = matcher;
  }

  root(): NodeAt {
    const attributes = this.attributes(rootIno, FileType.directory | 0o755);
    return { ino: rootIno, path: Buffer.alloc(0), ...attributes, memory: null, record: null };
  }

  /** Throws `not_found`. `path` is `/`-rooted. */
  find(path: Buffer): NodeAt {
    let node = this.root();
    for (const name of split(path)) {
      const child = this.child(node, name);
      if (child === null) throw refusal('not_found', this.#absent(path));
      node = child;
    }
    return node;
  }

  child(directory: NodeAt, name: Buffer): NodeAt | null {
    if (!isDirectory(directory.mode)) return null;
    const entry = this.#workspace.entries.findAt(directory.ino, name, this.#seq);
    if (entry === undefined) return null;
    const node = this.#node(directory, entry);
    return this.#shows(node) ? node : null;
  }

  #absent(path: Buffer): string {
    const when = this.#seq === this.#workspace.records.head ? '' : ` after record ${this.#seq}`;
    return `there is no ${path.toString()}${when}`;
  }

  children(directory: NodeAt): NodeAt[] {
    return this.entries(directory)
      .map((entry) => this.#node(directory, entry))
      .filter((node) => this.#shows(node));
  }

  #shows({ ino, path, mode }: NodeAt): boolean {
    const matcher = this.#matcher;
    if (isDirectory(mode)) return showsDirectory(matcher, path);
    return showsFile(matcher, path) && !isHiddenElsewhere(this.#workspace, matcher, ino);
  }

  /** The names in a directory, in byte order, hidden ones included. */
  entries(directory: NodeAt): Entry[] {
    return this.#workspace.entries.listAt(directory.ino, this.#seq);
  }

  /** Depth first, a directory before what it holds, names in byte order. */
  *walk(start: NodeAt): Generator<NodeAt> {
    yield start;
    if (!isDirectory(start.mode)) return;
    for (const child of this.children(start)) yield* this.walk(child);
  }

  #node(directory: NodeAt, entry: Entry): NodeAt {
    const path = Buffer.concat([directory.path, slash, entry.name]);
    const record =
      entry.memory === null ? null : (this.#workspace.history.stateOf(entry.memory, this.#seq) ?? null);
    const fallback = entry.memory === null ? FileType.directory | 0o755 : FileType.regular | 0o644;
    return { ino: entry.ino, path, ...this.attributes(entry.ino, fallback), memory: entry.memory, record };
  }

  /** Mode and owner of an inode; `fallback` is the mode of one of which nothing is known any more. */
  attributes(ino: number, fallback: number): AttributesAt {
    const { inodeTable, inodes } = this.#workspace;
    const known = inodeTable.pastAttributes(ino, this.#seq) ?? inodes.find(ino);
    if (known === undefined) return { ...this.#owner(), mode: fallback, target: null };
    const { mode, uid, gid, target } = known;
    return { mode, uid, gid, target };
  }

  #owner(): Pick<NodeAt, 'uid' | 'gid'> {
    const { uid, gid } = this.#workspace.inodes.get(rootIno);
    return { uid, gid };
  }
}

type AttributesAt = Pick<NodeAt, 'mode' | 'uid' | 'gid' | 'target'>;

/** The file's own time while the node is in its present state; for a past one, the time of its record. */
export function mtimeOf({ inodes }: Workspace, { ino, record }: NodeAt): Timestamp {
  const inode = inodes.find(ino);
  if (inode !== undefined && (record === null || record.seq === inode.version))
    return { sec: inode.mtime_sec, nsec: inode.mtime_nsec };
  return timestampOf(record?.time_ms ?? 0);
}

export const timestampOf = (ms: number): Timestamp => ({
  sec: Math.floor(ms / 1000),
  nsec: (ms % 1000) * 1e6,
});

const slash = Buffer.from('/');

/** The names of a `/`-rooted path; empty ones are left out. */
export function split(path: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let start = 0; start < path.length; ) {
    const end = path.indexOf(0x2f, start);
    const stop = end === -1 ? path.length : end;
    if (stop > start) names.push(path.subarray(start, stop));
    start = stop + 1;
  }
  return names;
}
