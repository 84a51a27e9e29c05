import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { formerFrames } from './former-spool.js';
import type { SpoolFrame } from './spool-frame.js';

/**
 * The redo log of one store: a frame for every mutation since the last group commit, written by write(2) before
 * the mutation is acknowledged. It makes an acknowledged mutation survive the death of the process; surviving
 * loss of power is the WAL's part (fsync commits the group first).
 *
 * After a group commit the file is written from the start again under the next generation, a random name that the
 * database knows. A reader stops at the first frame that carries another name or does not follow the one before it, so
 * nothing has to be truncated or synced on the hot path: whatever a loss of power leaves in the file, frames of a history
 * that was lost, or that lie behind the end of a newer one, are not taken for its continuation.
 *
 * Frame: u32 magic, 16 bytes generation, u32 CRC-32 of what follows, begun from the CRC of the frame before, u32 header
 * length, u32 payload length, header (JSON), payload (bytes). Numbers are little endian.
 */
const magic = 0x3273666d;
const generationAt = 4;
const checkAt = 20;
const lengthsAt = 24;
const prefixBytes = 32;
/** Most frames without their payload are smaller. */
const frameAllowance = 16_384;
/** A spool larger than this is cut back at the next commit instead of being overwritten. */
const keepBytes = 1 << 20;

/** The frames that the database has not committed: their name, or the number that schema 3 knew them by. */
export interface Uncommitted {
  readonly current: Buffer | null;
  readonly former: number | null;
}

/** For who looks at a spool without knowing its generation. */
export const spoolPrefix = {
  bytes: prefixBytes,
  /** Null: it begins no frame of this form. */
  generationOf: (prefix: Buffer): Buffer | null =>
    prefix.readUInt32LE(0) === magic ? Buffer.from(prefix.subarray(generationAt, checkAt)) : null,
};

const empty = Buffer.alloc(0);

export class Spool {
  readonly #fd: number;
  #generation: Buffer | null;
  #former: number | null;
  #end = 0;
  /** The CRC of the last frame before `#end`. */
  #check = 0;
  /** Bytes of the frames in `#scratch` that are not written yet, and the CRC of the last of them. */
  #staged = 0;
  #stagedCheck = 0;
  #scratch = Buffer.allocUnsafe(4096);

  constructor(path: string, { current, former }: Uncommitted) {
    this.#fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#generation = current;
    this.#former = former;
  }

  get isEmpty(): boolean {
    return this.#end === 0 && this.#staged === 0;
  }

  /** Nothing can be appended before `restart`: what the file may hold is of the former form. */
  get isFormer(): boolean {
    return this.#generation === null;
  }

  /**
   * Throws what an append of that size would throw, before anything depends on it. Costs a write: for a disk that was found
   * full.
   */
  reserve(payloadBytes: number): void {
    const room = Buffer.alloc(frameAllowance + payloadBytes);
    for (let written = 0; written < room.length; )
      written += writeSync(
        this.#fd,
        room,
        written,
        room.length - written,
        this.#end + this.#staged + written,
      );
  }

  /**
   * Appends one frame, together with those that wait. Throws what write(2) throws (ENOSPC, EDQUOT); nothing is appended
   * then.
   */
  append(header: unknown, payload: Buffer = empty): void {
    this.#stage(header, payload);
    this.flush();
  }

  /** Appends a frame with the next write: for what may be lost if the process dies before. */
  appendLater(header: unknown): void {
    this.#stage(header, empty);
  }

  flush(): void {
    const length = this.#staged;
    this.#staged = 0;
    let written = 0;
    while (written < length)
      written += writeSync(this.#fd, this.#scratch, written, length - written, this.#end + written);
    if (length > 0) this.#check = this.#stagedCheck;
    this.#end += length;
  }

  #stage(header: unknown, payload: Buffer): void {
    const text = JSON.stringify(header);
    const start = this.#staged;
    // Three bytes for each UTF-16 unit are enough for UTF-8.
    this.#room(start + prefixBytes + text.length * 3 + payload.length);
    const frame = this.#scratch;
    const textBytes = frame.write(text, start + prefixBytes, 'utf8');
    const end = start + prefixBytes + textBytes + payload.length;
    payload.copy(frame, end - payload.length);
    frame.writeUInt32LE(magic, start);
    this.#generation!.copy(frame, start + generationAt);
    frame.writeUInt32LE(textBytes, start + lengthsAt);
    frame.writeUInt32LE(payload.length, start + lengthsAt + 4);
    const before = start === 0 ? this.#check : this.#stagedCheck;
    this.#stagedCheck = crc32(frame.subarray(start + lengthsAt, end), before);
    frame.writeUInt32LE(this.#stagedCheck, start + checkAt);
    this.#staged = end;
  }

  #room(length: number): void {
    if (this.#scratch.length >= length) return;
    const grown = Buffer.allocUnsafe(Math.max(length, 1 << 16));
    this.#scratch.copy(grown, 0, 0, this.#staged);
    this.#scratch = grown;
  }

  /** The frames of this generation, oldest first; afterwards `append` goes on behind them. */
  *frames(): Generator<SpoolFrame> {
    this.#staged = 0;
    this.#end = 0;
    this.#check = 0;
    if (this.#generation === null) {
      if (this.#former === null) return;
      for (const frame of formerFrames(this.#fd, this.#former)) {
        this.#end = 1;
        yield frame;
      }
    } else yield* this.#presentFrames(this.#generation);
  }

  *#presentFrames(generation: Buffer): Generator<SpoolFrame> {
    const prefix = Buffer.allocUnsafe(prefixBytes);
    const { size } = fstatSync(this.#fd);
    for (;;) {
      if (readSync(this.#fd, prefix, 0, prefixBytes, this.#end) < prefixBytes) return;
      if (prefix.readUInt32LE(0) !== magic) return;
      if (!prefix.subarray(generationAt, checkAt).equals(generation)) return;
      const headerBytes = prefix.readUInt32LE(lengthsAt);
      const bytes = headerBytes + prefix.readUInt32LE(lengthsAt + 4);
      if (this.#end + prefixBytes + bytes > size) return;
      const body = Buffer.allocUnsafe(bytes);
      if (readSync(this.#fd, body, 0, bytes, this.#end + prefixBytes) < bytes) return;
      const check = crc32(body, crc32(prefix.subarray(lengthsAt), this.#check));
      if (check !== prefix.readUInt32LE(checkAt)) return;
      this.#end += prefixBytes + bytes;
      this.#check = check;
      yield {
        header: JSON.parse(body.toString('utf8', 0, headerBytes)),
        payload: body.subarray(headerBytes),
      };
    }
  }

  /** After `frames`: whether a frame of the generation follows that cannot be read. */
  goesOn(): boolean {
    if (this.#generation === null) return false;
    const prefix = Buffer.alloc(prefixBytes);
    readSync(this.#fd, prefix, 0, prefixBytes, this.#end);
    return spoolPrefix.generationOf(prefix)?.equals(this.#generation) === true;
  }

  /** Everything so far is committed: start over under a new generation. */
  restart(generation: Buffer): void {
    const isLong = this.#end > keepBytes;
    this.#generation = generation;
    this.#former = null;
    this.#begin();
    if (isLong) this.#cut();
  }

  #begin(): void {
    this.#end = 0;
    this.#check = 0;
    this.#staged = 0;
  }

  /** Frames that are left in the file have another name and are never read: that it could not be cut does no harm. */
  #cut(): void {
    try {
      ftruncateSync(this.#fd, 0);
    } catch {}
  }

  /** After `restart`: leaves no byte behind (clean shutdown, redaction). */
  clear(): void {
    ftruncateSync(this.#fd, 0);
    this.#begin();
  }

  /** To sync the file after `clear`, should nothing of it come back after a loss of power. */
  get descriptor(): number {
    return this.#fd;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
