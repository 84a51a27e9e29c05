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
const magic = 0x6d656d66;
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
  #scratch = Buffer.allocUnsafe(4096);

  /** `generation`: the one that the database names as not yet committed. */
  constructor(path: string, generation: number) {
    this.#fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#generation = generation;
  }

  get isEmpty(): boolean {
    return this.#end === 0;
  }

  get bytes(): number {
    return fstatSync(this.#fd).size;
  }

  /** Appends one frame. Throws what write(2) throws (ENOSPC); the spool is then as before. */
  append(header: unknown, payload: Buffer = empty): void {
    const text = JSON.stringify(header);
    const textBytes = Buffer.byteLength(text);
    const length = prefixBytes + textBytes + payload.length;
    const frame = this.#room(length);
    frame.writeUInt32LE((magic ^ this.#generation) >>> 0, 0);
    frame.writeUInt32LE(textBytes, 4);
    frame.writeUInt32LE(payload.length, 8);
    frame.write(text, prefixBytes, 'utf8');
    payload.copy(frame, prefixBytes + textBytes);
    frame.writeUInt32LE(crc32(frame.subarray(prefixBytes, length)), 12);
    let written = 0;
    while (written < length)
      written += writeSync(this.#fd, frame, written, length - written, this.#end + written);
    this.#end += length;
  }

  #room(length: number): Buffer {
    if (this.#scratch.length < length) this.#scratch = Buffer.allocUnsafe(Math.max(length, 1 << 16));
    return this.#scratch;
  }

  /** The frames of this generation, oldest first; afterwards `append` goes on behind them. */
  *frames(): Generator<SpoolFrame> {
    const prefix = Buffer.allocUnsafe(prefixBytes);
    let position = 0;
    for (;;) {
      if (readSync(this.#fd, prefix, 0, prefixBytes, position) < prefixBytes) break;
      if (prefix.readUInt32LE(0) !== (magic ^ this.#generation) >>> 0) break;
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
