import type { Entry } from '../../journal/tree/entries.js';
import { mtimeOf, type NodeAt, type TreeAt } from '../past/tree-at.js';
import { isHiddenElsewhere } from '../scope/least-access.js';
import { showsDirectory, showsFile } from '../scope/visible-records.js';
import { FileType, isDirectory, isSymlink } from '../store/mode.js';
import { ContentFile } from './content-file.js';
import type { ControlDirectory, ControlEntry, ControlNode, NodeAttributes } from './node.js';
import type { ControlParts } from './parts.js';

/** What stands for a regular file of the tree: itself, or what is known about it. */
export type FileMaker = (node: NodeAt) => ControlNode | null;

/** The content that a memory had in that tree, unless it was removed since. */
export const contentOf =
  ({ workspace }: ControlParts): FileMaker =>
  (node) =>
    node.record === null || node.record.removed_by !== null
      ? null
      : new ContentFile(workspace, node.record.content, attributesOf({ workspace }, node));

const slash = Buffer.from('/');

/** A directory of the versioned tree after some record, as far as the mount's scope shows it. */
export class PastDirectory implements ControlDirectory {
  readonly kind = 'directory';
  readonly fixed: boolean;
  readonly #parts: ControlParts;
  readonly #tree: TreeAt;
  readonly #node: NodeAt;
  readonly #file: FileMaker;

  /** `fixed`: nothing can change it any more. */
  constructor(parts: ControlParts, tree: TreeAt, file: FileMaker, node = tree.root(), fixed = true) {
    this.fixed = fixed;
    this.#parts = parts;
    this.#tree = tree;
    this.#file = file;
    this.#node = node;
  }

  attributes(): NodeAttributes {
    return { ...attributesOf(this.#parts, this.#node), size: 0 };
  }

  find(name: Buffer): ControlNode | null {
    const node = this.#tree.child(this.#node, name);
    if (node === null) return null;
    if (!this.#shows(node)) return null;
    if (isDirectory(node.mode))
      return new PastDirectory(this.#parts, this.#tree, this.#file, node, this.fixed);
    return node.memory === null ? this.#other(node) : this.#file(node);
  }

  #other(node: NodeAt): ControlNode {
    const size = node.target?.length ?? 0;
    const attributes = (): NodeAttributes => ({ ...attributesOf(this.#parts, node), size });
    if (isSymlink(node.mode) && node.target !== null)
      return { kind: 'symlink', fixed: this.fixed, target: node.target, attributes };
    return { kind: 'special', fixed: this.fixed, attributes };
  }

  /** The offset of an entry is its id and 2 (3 and more): no listing gives it to another. */
  list(): ControlEntry[] {
    return this.#tree
      .entries(this.#node)
      .map((entry) => ({ ino: entry.ino, path: this.#pathOf(entry), mode: this.#typeOf(entry), entry }))
      .filter((node) => this.#shows(node))
      .map(({ mode, entry }) => ({ name: entry.name, mode, offset: entry.id + 2 }))
      .sort((a, b) => a.offset - b.offset);
  }

  #typeOf({ ino, memory }: Entry): number {
    return memory === null ? this.#tree.attributes(ino, FileType.directory).mode : FileType.regular;
  }

  #pathOf({ name }: Entry): Buffer {
    return Buffer.concat([this.#node.path, slash, name]);
  }

  #shows({ ino, path, mode }: Pick<NodeAt, 'ino' | 'path' | 'mode'>): boolean {
    const { matcher, workspace } = this.#parts;
    if (isDirectory(mode)) return showsDirectory(matcher, path);
    return showsFile(matcher, path) && !isHiddenElsewhere(workspace, matcher, ino);
  }
}

export function attributesOf(
  { workspace }: Pick<ControlParts, 'workspace'>,
  node: NodeAt,
): Omit<NodeAttributes, 'size'> {
  const { mode, uid, gid } = node;
  return { mode, uid, gid, mtime: mtimeOf(workspace, node) };
}
