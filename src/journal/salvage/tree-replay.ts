/** The tree that the records describe, with the inodes that they name: read as by `Replay`, which `verify` goes by. */
import { placeless } from '../records/projection.js';
import { operations, type RecordRow } from '../records/records.js';

export interface DirectoryNode {
  readonly kind: 'directory';
  readonly ino: number;
  /** The record that put it there. */
  readonly since: number;
  readonly names: Map<string, TreeNode>;
}

export interface LeafNode {
  readonly kind: 'leaf';
  readonly ino: number;
  readonly since: number;
  /** Null: a symbolic link or the like. */
  readonly memory: number | null;
}

/** Names are binary strings. */
export type TreeNode = DirectoryNode | LeafNode;

/** A name that was there for a time. */
export interface PastName {
  readonly parent: number;
  readonly name: string;
  readonly ino: number;
  readonly memory: number | null;
  readonly from: number;
  readonly to: number;
}

export type ReplayedRecord = Pick<
  RecordRow,
  'seq' | 'operation' | 'path' | 'previous_path' | 'ino' | 'memory' | 'content' | 'removed_by'
>;

export class TreeReplay {
  readonly root: DirectoryNode;
  /** The record that made the newest state of each memory, and the inode that it names. */
  readonly newest: Map<number, { readonly seq: number; readonly ino: number }>;
  /** Null: nobody asks for them. */
  readonly past: PastName[] | null;

  constructor(keepPast: boolean, from: TreeReplay | null = null) {
    this.root = from === null ? directory(1, 0) : copyOf(from.root);
    this.newest = new Map(from?.newest);
    this.past = keepPast ? [] : null;
  }

  apply(record: ReplayedRecord): void {
    const operation = operations[record.operation]!;
    const { seq, ino, memory } = record;
    if (record.path === null || placeless.has(operation)) return;
    if (memory !== null && (record.content !== null || record.removed_by !== null))
      this.newest.set(memory, { seq, ino });
    const path = record.path.toString('latin1');
    const previous = record.previous_path?.toString('latin1') ?? '';
    if (operation === 'mkdir') this.#put(path, directory(ino, seq), seq);
    else if (operation === 'renamed') this.#put(path, this.#take(previous, seq), seq, ino);
    else if (operation === 'exchanged') {
      const node = this.#take(previous, seq);
      this.#put(previous, this.#take(path, seq), seq, ino);
      this.#put(path, node, seq, ino);
    } else if (operation === 'deleted' || operation === 'unlink' || operation === 'rmdir')
      this.#take(path, seq);
    else if (operation !== 'attributes') this.#put(path, { kind: 'leaf', ino, since: seq, memory }, seq);
  }

  #place(path: string): { readonly parent: DirectoryNode | undefined; readonly name: string } {
    const names = path.split('/').slice(1);
    const name = names.pop() ?? '';
    let parent: DirectoryNode | undefined = this.root;
    for (const step of names) {
      const node: TreeNode | undefined = parent?.names.get(step);
      parent = node?.kind === 'directory' ? node : undefined;
    }
    return { parent, name };
  }

  /** `ino`: of what was taken and is not known. */
  #put(path: string, node: TreeNode | null, seq: number, ino = 0): void {
    const { parent, name } = this.#place(path);
    if (parent === undefined) return;
    const placed: TreeNode =
      node === null ? { kind: 'leaf', ino, since: seq, memory: null } : { ...node, since: seq };
    const before = parent.names.get(name);
    if (before?.ino === placed.ino && before.kind === placed.kind && memoryOf(before) === memoryOf(placed))
      parent.names.set(name, { ...placed, since: before.since });
    else {
      if (before !== undefined) this.#end(parent, name, before, seq);
      parent.names.set(name, placed);
    }
  }

  #take(path: string, seq: number): TreeNode | null {
    const { parent, name } = this.#place(path);
    const node = parent?.names.get(name);
    if (parent === undefined || node === undefined) return null;
    parent.names.delete(name);
    this.#end(parent, name, node, seq);
    return node;
  }

  #end({ ino: parent }: DirectoryNode, name: string, node: TreeNode, to: number): void {
    const { ino, since: from } = node;
    if (from < to) this.past?.push({ parent, name, ino, memory: memoryOf(node), from, to });
  }
}

export const memoryOf = (node: TreeNode): number | null => (node.kind === 'leaf' ? node.memory : null);

const directory = (ino: number, since: number): DirectoryNode => ({
  kind: 'directory',
  ino,
  since,
  names: new Map(),
});

const copyOf = (node: DirectoryNode): DirectoryNode => ({
  ...node,
  names: new Map(
    [...node.names].map(([name, each]) => [name, each.kind === 'directory' ? copyOf(each) : each]),
  ),
});
