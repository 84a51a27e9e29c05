import { FileType } from '../store/mode.js';
import type { ControlDirectory, ControlEntry, ControlNode, NodeAttributes } from './node.js';
import { type ControlParts, ownAttributes } from './parts.js';

const typeOf = {
  directory: FileType.directory,
  file: FileType.regular,
  symlink: FileType.symlink,
  special: 0,
};

/** A directory of the same few names as long as the program is the same. */
export class FixedDirectory implements ControlDirectory {
  readonly kind = 'directory';
  readonly #parts: ControlParts;
  readonly #nodes: ReadonlyMap<string, ControlNode>;
  readonly #unlisted: ReadonlySet<string>;

  /** Offsets follow the order of `nodes`. `unlisted`: found by name only. */
  constructor(
    parts: ControlParts,
    nodes: Readonly<Record<string, ControlNode>>,
    unlisted: readonly string[] = [],
  ) {
    this.#parts = parts;
    this.#nodes = new Map(Object.entries(nodes));
    this.#unlisted = new Set(unlisted);
  }

  attributes(): NodeAttributes {
    return ownAttributes(this.#parts, FileType.directory);
  }

  find(name: Buffer): ControlNode | null {
    return this.#nodes.get(name.toString('latin1')) ?? null;
  }

  list(): ControlEntry[] {
    return [...this.#nodes]
      .map(([name, { kind }], index) => ({ name, mode: typeOf[kind], offset: index + 3 }))
      .filter(({ name }) => !this.#unlisted.has(name))
      .map((entry) => ({ ...entry, name: Buffer.from(entry.name) }));
  }
}
