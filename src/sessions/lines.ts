/** Cuts a stream of bytes into lines, whatever the bytes are. */

const lineFeed = 0x0a;

/** A longer record is passed over, in bytes: it would have to be in memory as a whole. */
export const longestRecord = 64 * 1024 * 1024;

export interface RawRecord {
  /** Null: it was too long. */
  readonly bytes: Buffer | null;
  /** From 1. */
  readonly line: number;
  /** In bytes, from the beginning of the file; `end` is behind the line feed. */
  readonly offset: number;
  readonly end: number;
  /** Nothing may follow any more that belongs to it. */
  readonly complete: boolean;
}

export interface Splitter {
  push(chunk: Buffer): Iterable<RawRecord>;
  /** The rest, when nothing follows. */
  end(): Iterable<RawRecord>;
}

export class Lines implements Splitter {
  readonly #longest: number;
  #line: number;
  /** Where the line begins that is being read, and how much of it was seen. */
  #offset: number;
  #length = 0;
  #parts: Buffer[] = [];

  /** `line` and `offset`: where the stream begins. */
  constructor(line: number, offset: number, longest = longestRecord) {
    this.#line = line;
    this.#offset = offset;
    this.#longest = longest;
  }

  *push(chunk: Buffer): Generator<RawRecord> {
    let start = 0;
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, start)) {
      this.#add(chunk.subarray(start, at));
      yield this.#take(1);
      start = at + 1;
    }
    if (start < chunk.length) this.#add(chunk.subarray(start));
  }

  *end(): Generator<RawRecord> {
    if (this.#length > 0) yield this.#take(0);
  }

  #add(part: Buffer): void {
    this.#length += part.length;
    if (this.#length <= this.#longest) this.#parts.push(part);
    else this.#parts = [];
  }

  #take(terminator: 0 | 1): RawRecord {
    const parts = this.#parts;
    const whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    const end = this.#offset + this.#length + terminator;
    const record = {
      bytes: this.#length > this.#longest ? null : whole,
      line: this.#line,
      offset: this.#offset,
      end,
      complete: terminator === 1,
    };
    this.#line += 1;
    this.#offset = end;
    this.#length = 0;
    this.#parts = [];
    return record;
  }
}
