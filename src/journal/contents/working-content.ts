import { createHash, type Hash, hash } from 'node:crypto';
import { type SegmentStore, type Segments, segmentBytes } from './segments.js';

/** Contents up to this size are hashed at once when they are committed; larger ones while they are written. */
const hashAtOnceBytes = 16 * 1024;

/**
 * 256 KiB of a content under change: the first `kept` bytes are those of `segment`, then come the bytes of
 * `tail`, then zeros up to the end of the content.
 */
interface Slot {
  segment: number;
  kept: number;
  tail: Buffer | null;
  tailBytes: number;
}

/** A SHA-256 that has seen exactly the first `bytes` of a content. */
export interface HashState {
  readonly hash: Hash;
  readonly bytes: number;
}

/** A content while it is being changed: copy on write by segment, full segments stored as they fill up. */
export class WorkingContent {
  readonly #store: SegmentStore;
  readonly #slots: (Slot | undefined)[];
  readonly #fresh: Set<number>;
  #size: number;
  /** SHA-256 of the first `bytes` bytes; `hash` is made when they are more than can be hashed at once. */
  #hash: { hash: Hash | null; bytes: number } | null;

  /** `own`: those of the segments that nothing else refers to. */
  constructor(
    store: SegmentStore,
    segments: Segments,
    size: number,
    hashed: HashState | null = null,
    own: Segments = [],
  ) {
    this.#store = store;
    this.#fresh = new Set(own.filter((segment) => segment !== 0));
    this.#size = size;
    this.#slots = segments.map((segment, index) => ({
      segment,
      kept: segment === 0 ? 0 : Math.min(segmentBytes, size - index * segmentBytes),
      tail: null,
      tailBytes: 0,
    }));
    this.#hash = hashed === null ? null : { hash: hashed.hash.copy(), bytes: hashed.bytes };
    if (size === 0) this.#hash = { hash: null, bytes: 0 };
  }

  get size(): number {
    return this.#size;
  }

  /** Whether this working content made the segment, so that nothing else can refer to it yet. */
  created(segment: number): boolean {
    return this.#fresh.has(segment);
  }

  /** Segments that it reads from. */
  inUse(): number[] {
    return this.#slots.flatMap((slot) => (slot === undefined || slot.segment === 0 ? [] : [slot.segment]));
  }

  /** The stored segments that it reads, each with how far it does. */
  *extents(): Generator<[segment: number, bytes: number]> {
    for (const slot of this.#slots)
      if (slot !== undefined && slot.segment !== 0) yield [slot.segment, slot.kept];
  }

  /** Gives up what only this working content refers to. */
  discard(): void {
    for (const segment of this.#fresh) this.#store.remove(segment);
    this.#fresh.clear();
  }

  /** Views, right until the next change; fewer bytes than asked only at the end. */
  read(offset: number, length: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    const end = Math.min(offset + length, this.#size);
    for (let position = offset; position < end; ) {
      const index = Math.floor(position / segmentBytes);
      const from = position - index * segmentBytes;
      const to = Math.min(segmentBytes, end - index * segmentBytes);
      this.#readSlot(this.#slots[index], from, to, pieces);
      position = index * segmentBytes + to;
    }
    return pieces;
  }

  #readSlot(slot: Slot | undefined, from: number, to: number, pieces: Uint8Array[]): void {
    let position = from;
    if (slot !== undefined) {
      if (position < slot.kept) {
        const stop = Math.min(slot.kept, to);
        pieces.push(this.#store.read(slot.segment, position, stop - position));
        position = stop;
      }
      const tailEnd = slot.kept + slot.tailBytes;
      if (slot.tail !== null && position < tailEnd && position < to) {
        const stop = Math.min(tailEnd, to);
        pieces.push(slot.tail.subarray(position - slot.kept, stop - slot.kept));
        position = stop;
      }
    }
    if (position < to) pieces.push(this.#store.read(0, 0, to - position));
  }

  write(offset: number, data: Uint8Array): void {
    this.#hashWrite(offset, data);
    const end = offset + data.length;
    for (let position = offset; position < end; ) {
      const index = Math.floor(position / segmentBytes);
      const from = position - index * segmentBytes;
      const to = Math.min(segmentBytes, end - index * segmentBytes);
      this.#writeSlot(index, from, data.subarray(position - offset, position - offset + to - from));
      position = index * segmentBytes + to;
    }
    if (end > this.#size) this.#size = end;
  }

  #writeSlot(index: number, from: number, data: Uint8Array): void {
    let slot = this.#slots[index];
    if (slot === undefined) {
      slot = { segment: 0, kept: 0, tail: null, tailBytes: 0 };
      this.#slots[index] = slot;
    }
    if (from < slot.kept) this.#unshare(index, slot, from === 0 && data.length >= this.#validBytes(index));
    if (data.length === segmentBytes) {
      this.#replace(slot, this.#create(data), segmentBytes);
      return;
    }
    const start = from - slot.kept;
    const stop = start + data.length;
    slot.tail = withRoom(slot.tail, slot.tailBytes, stop);
    if (start > slot.tailBytes) slot.tail.fill(0, slot.tailBytes, start);
    slot.tail.set(data, start);
    slot.tailBytes = Math.max(slot.tailBytes, stop);
    if (slot.kept + slot.tailBytes === segmentBytes) this.#persistSlot(index, slot);
  }

  /** Takes the kept bytes into the tail, because some of them are about to change. */
  #unshare(index: number, slot: Slot, wholly: boolean): void {
    if (!wholly) {
      const bytes = Buffer.concat(this.read(index * segmentBytes, this.#validBytes(index)));
      slot.tail = bytes;
      slot.tailBytes = bytes.length;
    } else {
      slot.tail = null;
      slot.tailBytes = 0;
    }
    this.#leave(slot.segment);
    slot.segment = 0;
    slot.kept = 0;
  }

  /** A slot does not refer to the segment any more: it goes at once if nobody else ever did. */
  #leave(segment: number): void {
    if (this.#fresh.delete(segment)) this.#store.remove(segment);
  }

  #validBytes(index: number): number {
    return Math.max(0, Math.min(segmentBytes, this.#size - index * segmentBytes));
  }

  truncate(size: number): void {
    if (this.#hash !== null && size < this.#hash.bytes) this.#hash = null;
    if (size < this.#size) {
      for (const slot of this.#slots.splice(Math.ceil(size / segmentBytes))) this.#leave(slot?.segment ?? 0);
      const last = this.#slots[Math.floor(size / segmentBytes)];
      if (last !== undefined) {
        const valid = size % segmentBytes;
        last.kept = Math.min(last.kept, valid);
        last.tailBytes = Math.max(0, Math.min(last.tailBytes, valid - last.kept));
      }
    }
    this.#size = size;
    if (size === 0) this.#hash = { hash: null, bytes: 0 };
  }

  /** Makes `[offset, offset + length)` zero, within the present size; whole segments become holes. */
  zero(offset: number, length: number): void {
    const end = Math.min(offset + length, this.#size);
    if (offset >= end) return;
    if (this.#hash !== null && offset < this.#hash.bytes) this.#hash = null;
    for (let position = offset; position < end; ) {
      const index = Math.floor(position / segmentBytes);
      const from = position - index * segmentBytes;
      const to = Math.min(segmentBytes, end - index * segmentBytes);
      if (from === 0 && to >= this.#validBytes(index)) this.#clear(index);
      else if (this.#slots[index] !== undefined) this.#writeSlot(index, from, Buffer.alloc(to - from));
      position = index * segmentBytes + to;
    }
  }

  #clear(index: number): void {
    this.#leave(this.#slots[index]?.segment ?? 0);
    this.#slots[index] = undefined;
  }

  /** The first offset at or after `offset` that is (not) in a hole; the size when there is none. */
  seek(offset: number, wanted: 'data' | 'hole'): number {
    for (let position = offset; position < this.#size; ) {
      const index = Math.floor(position / segmentBytes);
      const slot = this.#slots[index];
      const isHole = slot === undefined || (slot.segment === 0 && slot.tailBytes === 0);
      if (isHole === (wanted === 'hole')) return position;
      position = (index + 1) * segmentBytes;
    }
    return this.#size;
  }

  /** The size without whole segments that are holes. */
  storedBytes(): number {
    let bytes = 0;
    for (const [index, slot] of this.#slots.entries())
      if (slot !== undefined && (slot.segment !== 0 || slot.tailBytes > 0)) bytes += this.#validBytes(index);
    return bytes;
  }

  /** Stores what is only in memory and returns the segments of the whole content. */
  persist(): number[] {
    const segments: number[] = [];
    for (let index = 0; index * segmentBytes < this.#size; index++) {
      const slot = this.#slots[index];
      if (slot !== undefined) this.#persistSlot(index, slot);
      segments.push(slot?.segment ?? 0);
    }
    return segments;
  }

  #persistSlot(index: number, slot: Slot): void {
    const valid = Math.max(this.#validBytes(index), slot.kept + slot.tailBytes);
    if (slot.tailBytes === 0 && (slot.segment === 0 || slot.kept >= valid)) return;
    // Zeros up to the end are stored too: bytes behind a segment's last piece may be claimed by another content.
    const data = withRoom(slot.tail, slot.tailBytes, valid - slot.kept).subarray(0, valid - slot.kept);
    data.fill(0, slot.tailBytes);
    if (slot.segment !== 0 && this.#store.end(slot.segment) === slot.kept) {
      this.#store.extend(slot.segment, slot.kept, data);
      this.#replace(slot, slot.segment, valid);
    } else if (slot.segment !== 0) {
      const head = this.#store.read(slot.segment, 0, slot.kept);
      this.#replace(slot, this.#create(Buffer.concat([head, data])), valid);
    } else {
      this.#replace(slot, this.#create(data), valid);
    }
  }

  #create(data: Uint8Array): number {
    const segment = this.#store.create(data);
    this.#fresh.add(segment);
    return segment;
  }

  #replace(slot: Slot, segment: number, kept: number): void {
    if (segment !== slot.segment) this.#leave(slot.segment);
    slot.segment = segment;
    slot.kept = kept;
    slot.tail = null;
    slot.tailBytes = 0;
  }

  #hashWrite(offset: number, data: Uint8Array): void {
    if (this.#hash === null) return;
    if (offset < this.#hash.bytes) this.#hash = null;
    else if (offset === this.#size && offset + data.length > hashAtOnceBytes) {
      this.#catchUp(offset);
      this.#hash.hash!.update(data);
      this.#hash.bytes = offset + data.length;
    }
  }

  /** Feeds the hash with what was written before it began to follow. */
  #catchUp(end: number): void {
    const state = this.#hash!;
    state.hash ??= createHash('sha256');
    for (let position = state.bytes; position < end; position += segmentBytes)
      for (const piece of this.read(position, Math.min(segmentBytes, end - position)))
        state.hash.update(piece);
    state.bytes = end;
  }

  /** SHA-256 of the whole content, and the state to go on from when more is appended (large contents only). */
  digest(): { readonly sha256: Buffer; readonly state: HashState | null } {
    if (this.#size <= hashAtOnceBytes) {
      const pieces = this.read(0, this.#size);
      const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
      return { sha256: hash('sha256', bytes, 'buffer'), state: null };
    }
    this.#hash ??= { hash: null, bytes: 0 };
    this.#catchUp(this.#size);
    const whole = this.#hash.hash!;
    return { sha256: whole.copy().digest(), state: { hash: whole.copy(), bytes: this.#size } };
  }
}

/** A buffer with room for `bytes`, holding the first `used` bytes of `buffer`. */
function withRoom(buffer: Buffer | null, used: number, bytes: number): Buffer {
  if (buffer !== null && buffer.length >= bytes) return buffer;
  const room = used === 0 ? bytes : Math.min(segmentBytes, Math.max(bytes, buffer!.length * 2));
  const grown = Buffer.allocUnsafe(Math.max(room, bytes));
  if (buffer !== null) buffer.copy(grown, 0, 0, used);
  return grown;
}
