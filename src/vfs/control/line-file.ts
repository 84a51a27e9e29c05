/** What the lines are made of: items with ids that count up from 1 and never change their order. */
export interface LineSource {
  /** The newest id, 0 for none. */
  head(): number;
  /** The items in `(after, through]`. */
  lines(after: number, through: number): Lines;
}

export interface Lines {
  readonly bytes: Buffer;
  /** One of the items changed lines that came before it. */
  readonly rewrites: boolean;
}

/** Where sizes are kept beyond this process, so that the next one need not print everything again to know them. */
export interface MarkStore {
  /** Bytes up to the end of each block, in order. */
  load(): number[];
  add(block: number, bytes: number): void;
  clear(): void;
}

const blockItems = 256;
const cachedBlocks = 4;
/** Blocks that one call may print before the loop has its turn: about 2 ms each. */
const blocksAtOnce = 3;
/** What came after the last size that was kept, when another engine goes on: once. */
const blocksAtStart = 16;

/**
 * A file of lines that grows, and of which any part can be read: printed in blocks of items, of which only a few
 * and the sizes of all are kept.
 */
export class LineFile {
  readonly #source: LineSource;
  readonly #store: MarkStore | null;
  /** `#marks[n]`: bytes of the first n blocks. */
  #marks: number[] = [0];
  readonly #blocks = new Map<number, Buffer>();
  /** The lines of the block that is not full yet, up to the item `#through`. */
  #tail: Buffer = Buffer.alloc(0);
  #through = 0;
  /** Rewrites up to here were there before anything was printed. */
  #rewritesKnown = 0;
  #wasComplete = false;
  /** Not before somebody asks. */
  #begun = false;

  constructor(source: LineSource, store: MarkStore | null) {
    this.#source = source;
    this.#store = store;
  }

  #begin(marks: readonly number[]): void {
    this.#marks = [0, ...marks];
    this.#blocks.clear();
    this.#tail = Buffer.alloc(0);
    this.#through = (this.#marks.length - 1) * blockItems;
    this.#rewritesKnown = marks.length > 0 ? this.#through : this.#source.head();
    this.#wasComplete = false;
    if (marks.length > 0) this.#grow(blocksAtStart);
  }

  /** Bytes of everything there is; as long as nobody has read a long file to its end, 0. */
  size(): number {
    this.#grow(blocksAtOnce);
    return this.#wasComplete ? this.#measured : 0;
  }

  get #measured(): number {
    return this.#marks.at(-1)! + this.#tail.length;
  }

  /** Prints what is new. Returns whether everything is measured now. */
  #grow(blocks: number): boolean {
    if (!this.#begun) {
      this.#begun = true;
      this.#begin(this.#store?.load() ?? []);
    }
    const head = this.#source.head();
    for (let left = blocks; this.#through < head; left--) {
      if (left === 0) return false;
      const end = Math.min(head, this.#marks.length * blockItems);
      const { bytes, rewrites } = this.#source.lines(this.#through, end);
      if (end > this.#rewritesKnown && rewrites) {
        this.#store?.clear();
        this.#begin([]);
        continue;
      }
      this.#tail = this.#tail.length === 0 ? bytes : Buffer.concat([this.#tail, bytes]);
      this.#through = end;
      if (end === this.#marks.length * blockItems) this.#closeBlock();
    }
    this.#wasComplete = true;
    return true;
  }

  #closeBlock(): void {
    const block = this.#marks.length - 1;
    const bytes = this.#measured;
    this.#keep(block, this.#tail);
    this.#marks.push(bytes);
    this.#tail = Buffer.alloc(0);
    this.#store?.add(block, bytes);
  }

  #keep(block: number, lines: Buffer): void {
    if (this.#blocks.size >= cachedBlocks) this.#blocks.delete(this.#blocks.keys().next().value!);
    this.#blocks.set(block, lines);
  }

  /** Nothing at the end; up to there a part of `size` bytes, not always all. */
  read(offset: number, size: number): readonly Uint8Array[] | Promise<readonly Uint8Array[]> {
    // No further than the reader is: what is printed ahead of it would have gone from memory when it comes.
    if (offset + size <= this.#measured) return this.#pieces(offset, size);
    if (this.#grow(1) || offset < this.#measured) return this.#pieces(offset, size);
    return this.#readFar(offset, size);
  }

  async #readFar(offset: number, size: number): Promise<readonly Uint8Array[]> {
    while (!this.#grow(blocksAtOnce) && offset >= this.#measured) await new Promise(setImmediate);
    return this.#pieces(offset, size);
  }

  #pieces(offset: number, size: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let block = this.#blockAt(offset);
    for (let at = offset, left = size; left > 0 && pieces.length < blocksAtOnce; block++) {
      if (block >= this.#marks.length) break;
      const from = at - this.#marks[block]!;
      const piece = this.#linesOf(block).subarray(from, from + left);
      if (piece.length > 0) pieces.push(piece);
      at += piece.length;
      left -= piece.length;
    }
    return pieces;
  }

  /** The last block that begins at or before an offset. */
  #blockAt(offset: number): number {
    let low = 0;
    let high = this.#marks.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#marks[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #linesOf(block: number): Buffer {
    if (block === this.#marks.length - 1) return this.#tail;
    const known = this.#blocks.get(block);
    if (known !== undefined) return known;
    const { bytes } = this.#source.lines(block * blockItems, (block + 1) * blockItems);
    this.#keep(block, bytes);
    return bytes;
  }
}
