import type { SqliteDatabase, Statement } from './database.js';

/**
 * Where the bytes of contents lie: segments of up to 256 KiB, each made of pieces that were appended to it.
 *
 * A segment only ever grows, so any number of contents may share a prefix of it: that is how 10,000 appends to
 * a file cost 10,000 small pieces. Segment 0 is the hole: all its bytes are zero.
 */
export const segmentBytes = 256 * 1024;

/** Segment ids in order; the last one is used up to the size of the content. */
export type Segments = readonly number[];

const cacheBytes = 32 << 20;
const zeros = Buffer.alloc(segmentBytes);

export class SegmentStore {
  readonly #insert: Statement;
  readonly #select: Statement;
  readonly #last: Statement;
  readonly #delete: Statement;
  readonly #highest: Statement;
  readonly #cache = new Map<number, Buffer>();
  #cached = 0;
  #next = 1;

  constructor(database: SqliteDatabase) {
    this.#insert = database.prepare('INSERT INTO pieces (position, data) VALUES (?, ?)');
    this.#select = database.prepare(
      'SELECT position, data FROM pieces WHERE position >= ? AND position < ? ORDER BY position',
    );
    this.#last = database.prepare(
      'SELECT position, length(data) AS bytes FROM pieces WHERE position >= ? AND position < ? ORDER BY position DESC LIMIT 1',
    );
    this.#delete = database.prepare('DELETE FROM pieces WHERE position >= ? AND position < ?');
    this.#highest = database.prepare('SELECT max(position) AS position FROM pieces');
    this.reload();
  }

  /** After a rollback: forgets what is cached and which ids were given out. */
  reload(): void {
    const { position } = this.#highest.get() as { position: number | null };
    this.#next = position === null ? 1 : Math.floor(position / segmentBytes) + 1;
    this.#cache.clear();
    this.#cached = 0;
  }

  /** Stores `data` as the beginning of a new segment and returns its id. */
  create(data: Uint8Array): number {
    const segment = this.#next++;
    this.#insert.run(segment * segmentBytes, data);
    return segment;
  }

  /** Bytes that pieces cover, counted from the start of the segment. */
  end(segment: number): number {
    const start = segment * segmentBytes;
    const row = this.#last.get(start, start + segmentBytes) as
      | { position: number; bytes: number }
      | undefined;
    return row === undefined ? 0 : row.position - start + row.bytes;
  }

  /** Adds a piece behind the last one; `offset` must be `end(segment)`. */
  extend(segment: number, offset: number, data: Uint8Array): void {
    this.#insert.run(segment * segmentBytes + offset, data);
    this.#forget(segment);
  }

  remove(segment: number): void {
    if (segment === 0) return;
    const start = segment * segmentBytes;
    this.#delete.run(start, start + segmentBytes);
    this.#forget(segment);
  }

  /** `length` bytes from `offset`, zero where no piece lies. The result must not be changed. */
  read(segment: number, offset: number, length: number): Buffer {
    if (segment === 0) return zeros.subarray(0, length);
    const bytes = this.#load(segment);
    if (offset + length <= bytes.length) return bytes.subarray(offset, offset + length);
    const padded = Buffer.alloc(length);
    if (offset < bytes.length) bytes.copy(padded, 0, offset);
    return padded;
  }

  #load(segment: number): Buffer {
    const known = this.#cache.get(segment);
    if (known !== undefined) {
      this.#cache.delete(segment);
      this.#cache.set(segment, known);
      return known;
    }
    const start = segment * segmentBytes;
    const pieces = this.#select.all(start, start + segmentBytes) as { position: number; data: Buffer }[];
    const bytes = assemble(pieces, start);
    this.#cache.set(segment, bytes);
    this.#cached += bytes.length;
    this.#evict();
    return bytes;
  }

  #forget(segment: number): void {
    const known = this.#cache.get(segment);
    if (known === undefined) return;
    this.#cache.delete(segment);
    this.#cached -= known.length;
  }

  #evict(): void {
    for (const [segment, bytes] of this.#cache) {
      if (this.#cached <= cacheBytes) return;
      this.#cache.delete(segment);
      this.#cached -= bytes.length;
    }
  }
}

function assemble(pieces: readonly { position: number; data: Buffer }[], start: number): Buffer {
  const [first] = pieces;
  if (first === undefined) return zeros.subarray(0, 0);
  if (pieces.length === 1 && first.position === start) return first.data;
  const last = pieces.at(-1)!;
  const bytes = Buffer.alloc(last.position - start + last.data.length);
  for (const piece of pieces) piece.data.copy(bytes, piece.position - start);
  return bytes;
}

/** LEB128, one number for each segment. */
export function encodeSegments(segments: Segments): Buffer {
  const bytes: number[] = [];
  for (const segment of segments) {
    let rest = segment;
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
  }
  return Buffer.from(bytes);
}

export function decodeSegments(bytes: Uint8Array): number[] {
  const segments: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte & 0x80) continue;
    segments.push(value);
    value = 0;
    scale = 1;
  }
  return segments;
}
