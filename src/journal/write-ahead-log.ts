/**
 * The frames of SQLite's write-ahead log, checked as SQLite does when it recovers (sqlite.org/fileformat2.html#walformat).
 */
const headerBytes = 32;
const frameHeaderBytes = 24;
/** Less its last bit, which says that checksums are made of big-endian words. */
const magic = 0x377f0682;

/** Sums up what it is given, in the order of the file, and knows up to where it is whole. */
export class WalCheck {
  #pageBytes = 0;
  #bigEndian = false;
  #first = 0;
  #second = 0;
  #salts: Buffer = Buffer.alloc(8);

  /** The first 32 bytes. Returns whether they are a header. */
  header(bytes: Buffer): boolean {
    if (bytes.length < headerBytes) return false;
    const mark = bytes.readUInt32BE(0);
    if ((mark & ~1) >>> 0 !== magic) return false;
    this.#bigEndian = (mark & 1) === 1;
    this.#pageBytes = bytes.readUInt32BE(8);
    this.#salts = Buffer.from(bytes.subarray(16, 24));
    this.#sum(bytes.subarray(0, 24));
    return this.#is(bytes, 24);
  }

  get headerBytes(): number {
    return headerBytes;
  }

  get frameBytes(): number {
    return frameHeaderBytes + this.#pageBytes;
  }

  /** The next frame. Returns whether it is whole, and of this log. */
  frame(bytes: Buffer): boolean {
    if (bytes.length < this.frameBytes || !bytes.subarray(8, 16).equals(this.#salts)) return false;
    this.#sum(bytes.subarray(0, 8));
    this.#sum(bytes.subarray(frameHeaderBytes, this.frameBytes));
    return this.#is(bytes, 16);
  }

  #is(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.#first && bytes.readUInt32BE(at + 4) === this.#second;
  }

  #sum(bytes: Buffer): void {
    let [first, second] = [this.#first, this.#second];
    for (let at = 0; at < bytes.length; at += 8) {
      const [one, two] = this.#bigEndian
        ? [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]
        : [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
      first = (first + one + second) >>> 0;
      second = (second + two + first) >>> 0;
    }
    this.#first = first;
    this.#second = second;
  }
}

/** How many frames count, by the index (`-shm`). Numbers are in the order of the machine: little endian wherever memfsd runs. */
export const countedFrames = (index: Buffer): number => index.readUInt32LE(16);
export const indexHeaderBytes = 48;
