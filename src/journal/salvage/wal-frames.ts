/**
 * The write-ahead log of a database that SQLite may refuse (sqlite.org/fileformat2.html#the_write_ahead_log). SQLite
 * stops at the first frame whose checksum does not fit. Here reading goes on behind it: each checksum begins with the one
 * that the frame before says it has, so a frame behind a broken one can still be told from what an earlier log left there.
 */
import { readSync } from 'node:fs';
import { bytesWorthReading } from '../regular-file.js';

const headerBytes = 32;
const frameHeaderBytes = 24;
const magicLittle = 0x377f0682;
const magicBig = 0x377f0683;

export interface BrokenFrame {
  /** Counted from 1. */
  readonly frame: number;
  /** The page that it says it has; null: not even that can be read. */
  readonly page: number | null;
}

interface Frame {
  readonly page: number;
  /** Pages of the database after the transaction that the frame ends; 0: it ends none. */
  readonly commit: number;
  readonly isOfThisLog: boolean;
  readonly isGood: boolean;
}

/** Where the newest committed state of each page lies in the log. */
export class WalFrames {
  readonly pageBytes: number;
  /** Pages of the database after the last transaction; null: the log holds none. */
  readonly pages: number | null;
  /** How many there are, of this log or not. */
  readonly frames: number;
  readonly broken: readonly BrokenFrame[];
  readonly #fd: number;
  readonly #frameOf = new Map<number, number>();

  /** Null for a file that is no log, or one without a transaction. `pageBytes`: that of the database, if it is known. */
  static read(fd: number, pageBytes: number | null): WalFrames | null {
    const header = Buffer.alloc(headerBytes);
    if (readSync(fd, header, 0, headerBytes, 0) < headerBytes) return null;
    const own = header.readUInt32BE(8);
    const bytes = isPageSize(own) ? own : pageBytes;
    return bytes === null ? null : new WalFrames(fd, bytes, header);
  }

  private constructor(fd: number, pageBytes: number, header: Buffer) {
    this.#fd = fd;
    this.pageBytes = pageBytes;
    const frames = this.#frames(header);
    this.frames = frames.length;
    const isTaken = frames.map(
      ({ isGood, isOfThisLog }, i) => isGood || (isOfThisLog && frames[i + 1]?.isGood === true),
    );
    const last = frames.findLastIndex(({ commit }, i) => isTaken[i] && commit !== 0);
    this.pages = last < 0 ? null : frames[last]!.commit;
    const broken: BrokenFrame[] = [];
    for (let i = 0; i <= last; i++) {
      const { page, isGood } = frames[i]!;
      const isSane = isTaken[i] === true && page >= 1 && page <= this.pages!;
      if (isSane) this.#frameOf.set(page, i);
      if (!isGood) broken.push({ frame: i + 1, page: isSane ? page : null });
    }
    this.broken = broken;
  }

  /** Where the page's bytes lie; undefined: the database has its newest state. */
  offsetOf(page: number): number | undefined {
    const frame = this.#frameOf.get(page);
    return frame === undefined ? undefined : this.#offset(frame) + frameHeaderBytes;
  }

  #offset(frame: number): number {
    return headerBytes + frame * (frameHeaderBytes + this.pageBytes);
  }

  #frames(header: Buffer): Frame[] {
    const count = Math.floor(
      (bytesWorthReading(this.#fd) - headerBytes) / (frameHeaderBytes + this.pageBytes),
    );
    const magic = header.readUInt32BE(0);
    const isBig = magic === magicBig;
    const isWhole =
      (isBig || magic === magicLittle) &&
      equals(checksum(header.subarray(0, 24), [0, 0], isBig), storedAt(header, 24));
    const frame = Buffer.alloc(frameHeaderBytes + this.pageBytes);
    const frames: Frame[] = [];
    let salts = isWhole ? header.subarray(16, 24) : null;
    let before = isWhole ? storedAt(header, 24) : null;
    for (let i = 0; i < count; i++) {
      if (readSync(this.#fd, frame, 0, frame.length, this.#offset(i)) < frame.length) break;
      // With a broken header the first frame says which log this is.
      salts ??= Buffer.from(frame.subarray(8, 16));
      const isOfThisLog = salts.equals(frame.subarray(8, 16));
      const stored = storedAt(frame, 16);
      const isGood = isOfThisLog && before !== null && equals(frameChecksum(frame, before, isBig), stored);
      frames.push({ page: frame.readUInt32BE(0), commit: frame.readUInt32BE(4), isOfThisLog, isGood });
      before = isOfThisLog ? stored : null;
    }
    return frames;
  }
}

export const isPageSize = (bytes: number): boolean =>
  bytes >= 512 && bytes <= 65_536 && (bytes & (bytes - 1)) === 0;

type Checksum = readonly [number, number];

const storedAt = (bytes: Buffer, at: number): Checksum => [
  bytes.readUInt32BE(at),
  bytes.readUInt32BE(at + 4),
];

const equals = (a: Checksum, b: Checksum): boolean => a[0] === b[0] && a[1] === b[1];

const frameChecksum = (frame: Buffer, before: Checksum, isBig: boolean): Checksum =>
  checksum(frame.subarray(frameHeaderBytes), checksum(frame.subarray(0, 8), before, isBig), isBig);

function checksum(bytes: Buffer, [first, second]: Checksum, isBig: boolean): Checksum {
  let [a, b] = [first, second];
  for (let i = 0; i < bytes.length; i += 8) {
    a = (a + (isBig ? bytes.readUInt32BE(i) : bytes.readUInt32LE(i)) + b) >>> 0;
    b = (b + (isBig ? bytes.readUInt32BE(i + 4) : bytes.readUInt32LE(i + 4)) + a) >>> 0;
  }
  return [a, b];
}
