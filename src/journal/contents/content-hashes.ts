import { createHash, type Hash } from 'node:crypto';
import { type SegmentStore, type Segments, segmentBytes } from './segments.js';

/** So many contents may be continued by others that come later. */
const maxBegun = 1024;

interface Begun {
  readonly segments: Segments;
  readonly size: number;
  /** Of all bytes so far. */
  readonly hash: Hash;
}

/**
 * SHA-256 of contents in the order in which they were made. Bytes of a segment never change, so one that continues an earlier
 * content is hashed on from there: a file that grew by 100,000 appends costs what it weighs, not the sum of its versions.
 */
export class ContentHashes {
  readonly #store: SegmentStore;
  /** By first segment; the one that was continued least recently comes first. */
  readonly #begun = new Map<number, Begun>();

  constructor(store: SegmentStore) {
    this.#store = store;
  }

  /** The digest of the first `size` bytes; zeros count for what no segment holds. */
  of(segments: Segments, size: number): Buffer {
    const first = segments[0] ?? 0;
    const before = this.#begun.get(first);
    const isContinued = before !== undefined && continues(before, segments, size);
    const hash = isContinued ? before.hash : createHash('sha256');
    for (let offset = isContinued ? before.size : 0; offset < size; ) {
      const within = offset % segmentBytes;
      const bytes = Math.min(segmentBytes - within, size - offset);
      hash.update(this.#store.read(segments[Math.floor(offset / segmentBytes)] ?? 0, within, bytes));
      offset += bytes;
    }
    this.#begun.delete(first);
    this.#begun.set(first, { segments, size, hash });
    if (this.#begun.size > maxBegun) this.#begun.delete(this.#begun.keys().next().value!);
    return hash.copy().digest();
  }
}

const continues = (before: Begun, segments: Segments, size: number): boolean =>
  before.size <= size && before.segments.every((segment, index) => segment === segments[index]);
