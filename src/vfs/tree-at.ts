import { refusal } from '../core/errors.js';
import type { Entry } from '../journal/entries.js';
import type { History } from '../journal/history.js';
import type { RecordRow } from '../journal/records.js';
import { FileType, isDirectory } from './mode.js';
import { rootIno, type Workspace } from './workspace.js';

/** One node of the tree as it was after a record. */
export interface NodeAt {
  readonly ino: number;
  readonly path: Buffer;
  readonly mode: number;
  readonly memory: number | null;
  /** The state of a memory; null for everything else. */
  readonly record: RecordRow | null;
  readonly target: Buffer | null;
}

/** The versioned part of the tree after the record `seq`. */
export class TreeAt {
  readonly #workspace: Workspace;
  readonly #history: History;
  readonly #seq: number;

  constructor(workspace: Workspace, history: History, seq: number) {
    this.#workspace = workspace;
    this.#history = history;
    this.#seq = seq;
  }

  root(): NodeAt {
    const { mode, target } = this.#attributes(rootIno, FileType.directory | 0o755);
    return { ino: rootIno, path: Buffer.alloc(0), mode, memory: null, record: null, target };
  }

  /** Throws `not_found`. `path` is `/`-rooted. */
  find(path: Buffer): NodeAt {
    let node = this.root();
    for (const name of split(path)) {
      const entry = this.#workspace.entries.findAt(node.ino, name, this.#seq);
      if (entry === undefined || !isDirectory(node.mode)) throw refusal('not_found', this.#absent(path));
      node = this.#node(node, entry);
    }
    return node;
  }

  #absent(path: Buffer): string {
    const when = this.#seq === this.#workspace.records.head ? '' : ` after record ${this.#seq}`;
    return `there is no ${path.toString()}${when}`;
  }

  children(directory: NodeAt): NodeAt[] {
    return this.#workspace.entries
      .listAt(directory.ino, this.#seq)
      .map((entry) => this.#node(directory, entry));
  }

  /** Depth first, a directory before what it holds, names in byte order. */
  *walk(start: NodeAt): Generator<NodeAt> {
    yield start;
    if (!isDirectory(start.mode)) return;
    for (const child of this.children(start)) yield* this.walk(child);
  }

  #node(directory: NodeAt, entry: Entry): NodeAt {
    const path = Buffer.concat([directory.path, slash, entry.name]);
    const record = entry.memory === null ? null : (this.#history.stateOf(entry.memory, this.#seq) ?? null);
    const fallback = entry.memory === null ? FileType.directory | 0o755 : FileType.regular | 0o644;
    const { mode, target } = this.#attributes(entry.ino, fallback);
    return { ino: entry.ino, path, mode, memory: entry.memory, record, target };
  }

  #attributes(ino: number, fallback: number): { readonly mode: number; readonly target: Buffer | null } {
    const past = this.#workspace.inodeTable.pastAttributes(ino, this.#seq);
    return past ?? this.#workspace.inodes.find(ino) ?? { mode: fallback, target: null };
  }
}

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
