import { FileType } from '../store/mode.js';
import type { ControlFile, NodeAttributes, ReadRequest } from './node.js';
import { type ControlParts, ownAttributes } from './parts.js';

/** A short text that is made when it is asked for. */
export class TextFile implements ControlFile {
  readonly kind = 'file';
  readonly access = 'direct';
  readonly #parts: ControlParts;
  readonly #text: () => string;

  constructor(parts: ControlParts, text: () => string) {
    this.#parts = parts;
    this.#text = text;
  }

  attributes(): NodeAttributes {
    return ownAttributes(this.#parts, FileType.regular, Buffer.byteLength(this.#text()));
  }

  read({ handle, offset, size }: ReadRequest): readonly Uint8Array[] {
    const text = this.#parts.snapshots.of(handle, () => Buffer.from(this.#text()));
    return [text.subarray(offset, offset + size)];
  }
}
