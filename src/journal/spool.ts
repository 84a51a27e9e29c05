import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/**
 * The redo log of one store: a frame for every mutation since the last group commit, written by write(2) before
 * the mutation is acknowledged. It makes an acknowledged mutation survive the death of the process; surviving
 * loss of power is the WAL's part (fsync commits the group first).
 *
 * After a group commit the file is written from the start again under the next generation, and a reader stops at
 * the first frame of another generation, so nothing has to be truncated on the hot path.
 *
 * Frame: u32 magic ^ generation, u32 header length, u32 payload length, u32 CRC-32 of both, header (JSON),
 * payload (bytes). Numbers are little endian.
 */
export const spoolMagic = 0x6d656d66;
const prefixBytes = 16;
/** A spool larger than this is cut back at the next commit instead of being overwritten. */
const keepBytes = 1 << 20;

export interface SpoolFrame {
  readonly header: unknown;
  readonly payload: Buffer;
}

const empty = Buffer.alloc(0);

export class Spool {
  readonly #fd: number;
  #generation: number;
  #end = 0;
  /** Bytes of the frames in `#scratch` that are not written yet. */
  #staged = 0;
  #scratch = Buffer.allocUnsafe(4096);

  /** `generation`: the one that the database names as not yet committed. */
  constructor(path: string, generation: number) {
    this.#fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#generation = generation;
  }

  get isEmpty(): boolean {
    return this.#end === 0 && this.#staged === 0;
  }

  /**
   * Appends one frame, together with those that wait. Throws what write(2) throws (ENOSPC); nothing is appended
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
    frame.writeUInt32LE((spoolMagic ^ this.#generation) >>> 0, start);
    frame.writeUInt32LE(textBytes, start + 4);
    frame.writeUInt32LE(payload.length, start + 8);
    frame.writeUInt32LE(crc32(frame.subarray(start + prefixBytes, end)), start + 12);
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
    const prefix = Buffer.allocUnsafe(prefixBytes);
    let position = 0;
    for (;;) {
      if (readSync(this.#fd, prefix, 0, prefixBytes, position) < prefixBytes) break;
      if (prefix.readUInt32LE(0) !== (spoolMagic ^ this.#generation) >>> 0) break;
      const headerBytes = prefix.readUInt32LE(4);
      const payloadBytes = prefix.readUInt32LE(8);
      if (headerBytes + payloadBytes > fstatSync(this.#fd).size) break;
      const body = Buffer.allocUnsafe(headerBytes + payloadBytes);
      if (readSync(this.#fd, body, 0, body.length, position + prefixBytes) < body.length) break;
      if (crc32(body) !== prefix.readUInt32LE(12)) break;
      position += prefixBytes + body.length;
      this.#end = position;
      yield {
        header: JSON.parse(body.toString('utf8', 0, headerBytes)),
        payload: body.subarray(headerBytes),
      };
    }
    this.#end = position;
  }

  /** Everything so far is committed: start over under a new generation. */
  restart(generation: number): void {
    if (this.#end > keepBytes) ftruncateSync(this.#fd, 0);
    this.#generation = generation;
    this.#end = 0;
    this.#staged = 0;
  }

  /** Leaves no byte behind (clean shutdown, redaction). */
  clear(): void {
    ftruncateSync(this.#fd, 0);
    this.#end = 0;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
