/** Cuts the bytes of one JSON array into its elements, without reading them. */
import { longestRecord, type RawRecord, type Splitter } from './lines.js';

const code = (text: string): number => text.charCodeAt(0);
const [quote, backslash, comma, lineFeed] = [code('"'), code('\\'), code(','), code('\n')];
const opening = new Set([code('['), code('{')]);
const closing = new Set([code(']'), code('}')]);

export class ArrayElements implements Splitter {
  readonly #longest: number;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #line = 1;
  #at = 0;
  /** The element that is being read. */
  #element = { line: 1, offset: 0 };
  #length = 0;
  #parts: Buffer[] = [];

  constructor(longest = longestRecord) {
    this.#longest = longest;
  }

  *push(chunk: Buffer): Generator<RawRecord> {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte === lineFeed) this.#line += 1;
      if (this.#inString) this.#passString(byte);
      else if (byte === quote) this.#inString = true;
      else if (opening.has(byte)) {
        this.#depth += 1;
        if (this.#depth === 1) start = this.#begin(i + 1);
      } else if (closing.has(byte) || (byte === comma && this.#depth === 1)) {
        if (this.#depth === 1) {
          yield* this.#take(chunk.subarray(start, i));
          start = this.#begin(i + 1);
        }
        if (byte !== comma) this.#depth = Math.max(0, this.#depth - 1);
      }
    }
    if (this.#depth > 0) this.#add(chunk.subarray(start));
    this.#at += chunk.length;
  }

  *end(): Generator<RawRecord> {
    if (this.#depth > 0) yield* this.#take(Buffer.alloc(0), false);
  }

  #passString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) this.#inString = false;
  }

  /** The next element begins at this place of the chunk. */
  #begin(i: number): number {
    this.#element = { line: this.#line, offset: this.#at + i };
    this.#length = 0;
    this.#parts = [];
    return i;
  }

  #add(part: Buffer): void {
    this.#length += part.length;
    if (this.#length <= this.#longest) this.#parts.push(part);
    else this.#parts = [];
  }

  /** Nothing for blanks, as behind the last comma. */
  *#take(last: Buffer, complete = true): Generator<RawRecord> {
    this.#add(last);
    const bytes = this.#length > this.#longest ? null : Buffer.concat(this.#parts);
    if (
      bytes !== null &&
      /^\s*$/.test(bytes.toString('latin1', 0, 64)) &&
      bytes.toString('latin1').trim() === ''
    )
      return;
    yield { ...this.#element, bytes, end: this.#element.offset + this.#length, complete };
  }
}
