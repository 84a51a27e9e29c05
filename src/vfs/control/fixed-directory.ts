import { FileType } from '../mode.js';
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

  /** Offsets follow the order of `nodes`. */
  constructor(parts: ControlParts, nodes: Readonly<Record<string, ControlNode>>) {
    this.#parts = parts;
    this.#nodes = new Map(Object.entries(nodes));
  }

  attributes(): NodeAttributes {
    return ownAttributes(this.#parts, FileType.directory);
  }

  find(name: Buffer): ControlNode | null {
    return this.#nodes.get(name.toString('latin1')) ?? null;
  }

  list(): ControlEntry[] {
    return [...this.#nodes].map(([name, { kind }], index) => ({
      name: Buffer.from(name),
      mode: typeOf[kind],
      offset: index + 3,
    }));
  }
}
