import { asMemfsError } from '../../core/errors.js';
import { FileType } from '../store/mode.js';
import type { ControlDirectory, ControlEntry, ControlNode, NodeAttributes } from './node.js';
import { type ControlParts, ownAttributes } from './parts.js';
import { contentOf, PastDirectory } from './past-tree.js';

/** `at/<seq>`, `at/<RFC 3339 time>`, `at/<memver_…>`: any moment can be looked up, and none is listed. */
export class AtDirectory implements ControlDirectory {
  readonly kind = 'directory';
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  attributes(): NodeAttributes {
    return ownAttributes(this.#parts, FileType.directory);
  }

  find(name: Buffer): ControlNode | null {
    const { reader, ledger } = this.#parts;
    const moment = name.toString();
    // What is to come may still change the tree of that moment.
    if (Date.parse(moment) > ledger.now().ms && moment.includes('-')) return null;
    try {
      return new PastDirectory(this.#parts, reader.treeAt(moment), contentOf(this.#parts));
    } catch (error) {
      if (['not_found', 'invalid'].includes(asMemfsError(error).code)) return null;
      throw error;
    }
  }

  list(): ControlEntry[] {
    return [];
  }
}
