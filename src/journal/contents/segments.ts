import type { SqliteDatabase, Statement } from '../database.js';

/**
 * Where the bytes of contents lie: segments of up to 256 KiB, each made of pieces that were appended to it.
 *
 * A segment only ever grows, so any number of contents may share a prefix of it: that is how 10,000 appends to
 * a file cost 10,000 small pieces. Segment 0 is the hole: all its bytes are zero.
 */
export const segmentBytes = 256 * 1024;

/** Segment ids in order; the last one is used up to the size of the content. */
export type Segments = readonly number[];

/** How many bytes from the beginning of each segment somebody reads. */
export type SegmentExtents = ReadonlyMap<number, number>;

/** The segments that a content of `size` bytes reads, without holes, each with how far it does. */
export function* extentsOf(segments: Segments, size: number): Generator<[segment: number, bytes: number]> {
  for (const [index, segment] of segments.entries())
    if (segment !== 0) yield [segment, Math.min(segmentBytes, size - index * segmentBytes)];
}

/** Bytes of a content that are not in a hole, as whole segments are. */
export function storedBytesOf(segments: Segments, size: number): number {
  const holes = segments.filter((segment) => segment === 0).length;
  return Math.max(0, size - holes * segmentBytes);
}

/** The longest page of SQLite, in bytes. */
const longestPage = 65_536;
const cacheBytes = 32 << 20;
/** Small contents are often read or appended to soon; large contents stay in the kernel's page cache. */
const cacheNewBytes = 64 * 1024;
const zeros = Buffer.alloc(segmentBytes);

/** The first `length` bytes are the segment's, the rest is room to grow. Bytes once there never change. */
interface CachedSegment {
  readonly bytes: Buffer;
  readonly length: number;
}

export class SegmentStore {
  readonly #insert: Statement;
  readonly #select: Statement;
  readonly #last: Statement;
  readonly #delete: Statement;
  readonly #shorten: Statement;
  readonly #heads: Statement;
  readonly #highest: Statement;
  readonly #cache = new Map<number, CachedSegment>();
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
    this.#shorten = database.prepare(
      `UPDATE pieces SET data = substr(data, 1, @end - position)
         WHERE position >= @start AND position < @end AND position + length(data) > @end`,
    );
    this.#heads = database
      .prepare(
        `SELECT substr(data, max(1, @from - position + 1), ${longestPage}) FROM pieces
           WHERE position >= @start AND position < @end AND position + length(data) > @from`,
      )
      .pluck();
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
    if (data.length <= cacheNewBytes) this.#keep(segment, { bytes: Buffer.from(data), length: data.length });
    return segment;
  }

  /** The part of each piece of a segment beyond `from` that may lie in a b-tree page, not in overflow pages. */
  heads(segment: number, from: number): Buffer[] {
    const start = segment * segmentBytes;
    return this.#heads.all({ from: start + from, start, end: start + segmentBytes }) as Buffer[];
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
    const known = this.#cache.get(segment);
    if (known === undefined) return;
    this.#cached -= known.bytes.length;
    this.#cache.delete(segment);
    this.#keep(segment, extended(known, offset, data));
  }

  remove(segment: number): void {
    if (segment === 0) return;
    const start = segment * segmentBytes;
    this.#delete.run(start, start + segmentBytes);
    this.#forget(segment);
  }

  /** Leaves the first `bytes` of a segment and nothing behind them. */
  cut(segment: number, bytes: number): void {
    if (segment === 0) return;
    const start = segment * segmentBytes;
    this.#delete.run(start + bytes, start + segmentBytes);
    if (bytes > 0) this.#shorten.run({ start, end: start + bytes });
    this.#forget(segment);
  }

  /** `length` bytes from `offset`, zero where no piece lies. The result must not be changed. */
  read(segment: number, offset: number, length: number): Buffer {
    if (segment === 0) return zeros.subarray(0, length);
    const known = this.#load(segment);
    if (offset + length <= known.length) return known.bytes.subarray(offset, offset + length);
    const padded = Buffer.alloc(length);
    if (offset < known.length) known.bytes.copy(padded, 0, offset, known.length);
    return padded;
  }

  #load(segment: number): CachedSegment {
    const known = this.#cache.get(segment);
    if (known !== undefined) {
      this.#cache.delete(segment);
      this.#cache.set(segment, known);
      return known;
    }
    const start = segment * segmentBytes;
    const pieces = this.#select.all(start, start + segmentBytes) as { position: number; data: Buffer }[];
    const bytes = assemble(pieces, start);
    return this.#keep(segment, { bytes, length: bytes.length });
  }

  #keep(segment: number, content: CachedSegment): CachedSegment {
    this.#cache.set(segment, content);
    this.#cached += content.bytes.length;
    this.#evict();
    return content;
  }

  #forget(segment: number): void {
    const known = this.#cache.get(segment);
    if (known === undefined) return;
    this.#cache.delete(segment);
    this.#cached -= known.bytes.length;
  }

  #evict(): void {
    for (const [segment, { bytes }] of this.#cache) {
      if (this.#cached <= cacheBytes) return;
      this.#cache.delete(segment);
      this.#cached -= bytes.length;
    }
  }
}

/** A segment with another piece; the buffer doubles, so that many small pieces cost what they weigh. */
function extended(known: CachedSegment, offset: number, data: Uint8Array): CachedSegment {
  const length = offset + data.length;
  let { bytes } = known;
  if (length > bytes.length) {
    bytes = Buffer.alloc(Math.min(segmentBytes, Math.max(length, known.bytes.length * 2)));
    known.bytes.copy(bytes, 0, 0, known.length);
  }
  bytes.set(data, offset);
  return { bytes, length };
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
