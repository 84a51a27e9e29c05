import type { Timestamp } from '../../core/model.js';
import type { Deferred } from '../filesystem.js';
import { FileType } from '../store/mode.js';
import type { LineFile } from './line-file.js';
import type { ControlFile, NodeAttributes, ReadRequest } from './node.js';
import { type ControlParts, ownAttributes } from './parts.js';

/** `log.jsonl`, `errors.jsonl`: lines that are never changed and only become more. */
export class LinesNode implements ControlFile {
  readonly kind = 'file';
  readonly access = 'direct';
  readonly #parts: ControlParts;
  readonly #lines: LineFile;
  readonly #mtime: () => Timestamp;

  /** `mtime`: the time of the newest line. */
  constructor(parts: ControlParts, lines: LineFile, mtime: () => Timestamp) {
    this.#parts = parts;
    this.#lines = lines;
    this.#mtime = mtime;
  }

  attributes(): NodeAttributes {
    return ownAttributes(this.#parts, FileType.regular, this.#lines.size(), this.#mtime());
  }

  read({ offset, size }: ReadRequest): Deferred<readonly Uint8Array[]> {
    return this.#lines.read(offset, size);
  }
}
