/**
 * The tree of a branch that is to be: where the journal is whole, what it says; else what the entries say, and of the
 * journal whatever they do not contradict.
 */
import type { SqliteDatabase } from '../database.js';
import type { DirectoryNode, LeafNode, TreeNode, TreeReplay } from './tree-replay.js';

const directoryType = 0o040000;
const typeMask = 0o170000;

export interface EntryRow {
  readonly id: number;
  readonly parent: number;
  readonly name: Buffer;
  readonly ino: number;
  readonly memory: number | null;
  readonly from_seq: number | null;
}

/** The present names of a branch, by the directory that has them. */
export class PresentEntries {
  readonly all: readonly EntryRow[];
  readonly #byParent = new Map<number, Map<string, EntryRow>>();

  constructor(database: SqliteDatabase, branch: number) {
    this.all = database
      .prepare(
        `SELECT id, parent, name, ino, memory, from_seq FROM entries WHERE branch = ? AND to_seq IS NULL ORDER BY id`,
      )
      .all(branch) as EntryRow[];
    for (const row of this.all) {
      const names = this.#byParent.get(row.parent);
      const name = row.name.toString('latin1');
      if (names === undefined) this.#byParent.set(row.parent, new Map([[name, row]]));
      else names.set(name, row);
    }
  }

  of(parent: number): ReadonlyMap<string, EntryRow> {
    return this.#byParent.get(parent) ?? nothing;
  }

  parents(): Iterable<number> {
    return this.#byParent.keys();
  }
}

const nothing: ReadonlyMap<string, EntryRow> = new Map();

export interface WantedTreeParts {
  readonly database: SqliteDatabase;
  readonly branch: number;
  readonly entries: PresentEntries;
  readonly replay: TreeReplay;
  /** Whether the journal tells everything. */
  readonly isWhole: boolean;
  /** A number for a directory that has to be made. */
  readonly newIno: () => number;
}

export const lostAndFound = 'lost+found';

/** Nothing of what is given is changed. */
export function wantedTree(parts: WantedTreeParts): DirectoryNode {
  return parts.isWhole ? new AsRecorded(parts).tree() : new AsFound(parts).tree();
}

/** The journal's tree, with the inodes that the entries name. */
class AsRecorded {
  readonly #parts: WantedTreeParts;
  readonly #inoOfMemory: Map<number, number>;

  constructor(parts: WantedTreeParts) {
    this.#parts = parts;
    this.#inoOfMemory = inosOfMemories(parts);
  }

  tree(): DirectoryNode {
    return this.#directory(this.#parts.replay.root);
  }

  #directory(node: DirectoryNode): DirectoryNode {
    const present = this.#parts.entries.of(node.ino);
    const names = new Map<string, TreeNode>();
    for (const [name, child] of node.names)
      names.set(
        name,
        child.kind === 'directory' ? this.#directory(child) : this.#leaf(child, present.get(name)),
      );
    return { ...node, names };
  }

  /** A file that was renamed over one with the same content has its inode, and no record of it. */
  #leaf(node: LeafNode, entry: EntryRow | undefined): LeafNode {
    const { memory } = node;
    if (entry !== undefined && entry.memory === memory) return { ...node, ino: entry.ino };
    if (memory === null) return node;
    const newest = this.#parts.replay.newest.get(memory)?.ino;
    return { ...node, ino: this.#inoOfMemory.get(memory) ?? newest ?? node.ino };
  }
}

function inosOfMemories({ database, branch }: WantedTreeParts): Map<number, number> {
  const rows = database
    .prepare('SELECT memory, ino FROM inodes WHERE branch = ? AND memory IS NOT NULL')
    .all(branch) as { memory: number; ino: number }[];
  return new Map(rows.map(({ memory, ino }) => [memory, ino]));
}

/** The tree from all that is found of entries and journal. */
class AsFound {
  readonly #parts: WantedTreeParts;
  readonly #recorded = new Map<
    number,
    { readonly node: DirectoryNode; readonly parent: number; readonly name: string }
  >();
  readonly #namedMemories: Set<number>;
  readonly #namedInodes: Set<number>;
  readonly #isDirectory: (ino: number) => boolean | null;
  readonly #endedAt: (memory: number) => number;
  readonly #built = new Map<number, DirectoryNode>();

  constructor(parts: WantedTreeParts) {
    this.#parts = parts;
    const { database, branch, entries } = parts;
    this.#namedMemories = new Set(entries.all.map(({ memory }) => memory).filter((each) => each !== null));
    this.#namedInodes = new Set(entries.all.map(({ ino }) => ino));
    const mode = database.prepare('SELECT mode FROM inodes WHERE branch = ? AND ino = ?').pluck();
    this.#isDirectory = (ino) => {
      const bits = mode.get(branch, ino) as number | undefined;
      return bits === undefined ? null : (bits & typeMask) === directoryType;
    };
    const ended = database
      .prepare('SELECT max(to_seq) FROM entries WHERE branch = ? AND memory = ? AND to_seq IS NOT NULL')
      .pluck();
    this.#endedAt = (memory) => (ended.get(branch, memory) as number | null) ?? 0;
  }

  tree(): DirectoryNode {
    this.#noteRecorded(this.#parts.replay.root);
    const root = this.#directory(1, 0);
    this.#placeStrays(root);
    return root;
  }

  #noteRecorded(node: DirectoryNode): void {
    for (const [name, child] of node.names)
      if (child.kind === 'directory') {
        this.#recorded.set(child.ino, { node: child, parent: node.ino, name });
        this.#noteRecorded(child);
      }
  }

  #directory(ino: number, since: number): DirectoryNode {
    const node: DirectoryNode = { kind: 'directory', ino, since, names: new Map() };
    this.#built.set(ino, node);
    const recorded = ino === 1 ? this.#parts.replay.root : this.#recorded.get(ino)?.node;
    for (const [name, entry] of this.#parts.entries.of(ino)) {
      if (entry.from_seq === null || this.#built.has(entry.ino)) continue;
      node.names.set(name, this.#named(entry, recorded?.names.get(name)));
    }
    for (const [name, child] of recorded?.names ?? [])
      if (!node.names.has(name) && this.#isMissing(child))
        node.names.set(name, child.kind === 'leaf' ? child : this.#directory(child.ino, child.since));
    return node;
  }

  #named({ ino, memory, from_seq: since }: EntryRow, recorded: TreeNode | undefined): TreeNode {
    const isDirectory =
      this.#isDirectory(ino) ??
      (this.#recorded.has(ino) || this.#parts.entries.of(ino).size > 0 || recorded?.kind === 'directory');
    if (isDirectory) return this.#directory(ino, since!);
    const known = recorded?.kind === 'leaf' && recorded.ino === ino ? recorded.memory : null;
    return { kind: 'leaf', ino, since: since!, memory: memory ?? known };
  }

  /** Whether the entry of what the journal has here is lost, as far as can be told. */
  #isMissing(node: TreeNode): boolean {
    if (node.kind === 'directory') return !this.#namedInodes.has(node.ino) && !this.#built.has(node.ino);
    const { memory, since } = node;
    if (memory === null) return !this.#namedInodes.has(node.ino);
    return !this.#namedMemories.has(memory) && this.#endedAt(memory) <= since;
  }

  /** Directories that have names in them and none themselves. */
  #placeStrays(root: DirectoryNode): void {
    const { entries } = this.#parts;
    for (const ino of entries.parents()) {
      if (this.#built.has(ino) || this.#namedInodes.has(ino) || !hasVersioned(entries.of(ino))) continue;
      const recorded = this.#recorded.get(ino);
      const parent = recorded === undefined ? undefined : this.#built.get(recorded.parent);
      if (parent !== undefined && !parent.names.has(recorded!.name))
        parent.names.set(recorded!.name, this.#directory(ino, recorded!.node.since));
      else this.#lostAndFound(root).names.set(`directory-${ino}`, this.#directory(ino, 0));
    }
  }

  #lostAndFound(root: DirectoryNode): DirectoryNode {
    const known = root.names.get(lostAndFound);
    if (known?.kind === 'directory') return known;
    const made: DirectoryNode = {
      kind: 'directory',
      ino: this.#parts.newIno(),
      since: 0,
      names: new Map(),
    };
    root.names.set(lostAndFound, made);
    return made;
  }
}

const hasVersioned = (names: ReadonlyMap<string, EntryRow>): boolean =>
  [...names.values()].some(({ from_seq }) => from_seq !== null);
