import type { diffArrays } from 'diff';

/** One line, its end included, and the record that brought it. */
export interface OriginalLine {
  readonly seq: number;
  readonly text: Buffer;
}

const newline = 0x0a;
/** More changed lines than this, removed and added, are taken for a text of its own. */
const maxEdits = 4000;
/** The halves of a comparison: large steps by memcmp, then smaller ones up to the byte. */
const steps = [65_536, 4096, 256, 16, 1];

/**
 * A text and where each of its lines comes from. Versions mostly change a few lines: what is equal before and
 * behind the change is found by comparing bytes, and only what lies between is compared line by line.
 */
export class LineOrigins {
  readonly #diff: typeof diffArrays;
  #text: Buffer = Buffer.alloc(0);
  /** Offset of the start of each line, and the record that brought it. */
  #starts: number[] = [];
  #seqs: number[] = [];

  constructor(diff: typeof diffArrays) {
    this.#diff = diff;
  }

  copy(): LineOrigins {
    const copy = new LineOrigins(this.#diff);
    copy.#text = this.#text;
    copy.#starts = [...this.#starts];
    copy.#seqs = [...this.#seqs];
    return copy;
  }

  /** Bytes of the text. */
  get size(): number {
    return this.#text.length;
  }

  lines(): OriginalLine[] {
    return this.#seqs.map((seq, line) => ({
      seq,
      text: this.#text.subarray(this.#starts[line], this.#starts[line + 1]),
    }));
  }

  /** The next version: `seq` brought what was not there before. */
  advance(text: Buffer, seq: number): void {
    const before = this.#text;
    const head = commonHead(before, text);
    const tail = commonTail(before, text, head);
    const first = this.#lineAt(head);
    const last = this.#lineAt(before.length - tail);
    const removed = this.#textsOf(first, last);
    const starts = lineStarts(text, head, text.length - tail);
    const seqs = this.#compare(removed, textsAt(text, starts, text.length - tail), first, seq);
    const shift = text.length - before.length;
    if (shift !== 0) for (let line = last; line < this.#starts.length; line++) this.#starts[line]! += shift;
    this.#starts = replaced(this.#starts, first, last, starts);
    this.#seqs = replaced(this.#seqs, first, last, seqs);
    this.#text = text;
  }

  /** The line that begins at an offset; behind the last one, their number. */
  #lineAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #textsOf(first: number, last: number): string[] {
    return textsAt(this.#text, this.#starts.slice(first, last), this.#starts[last] ?? this.#text.length);
  }

  /** Where each line of `present` comes from: one of `removed`, which begin at the line `first`, or `seq`. */
  #compare(removed: string[], present: string[], first: number, seq: number): number[] {
    const changes =
      removed.length === 0 || present.length === 0
        ? undefined
        : this.#diff(removed, present, { maxEditLength: maxEdits });
    if (changes === undefined) return present.map(() => seq);
    const seqs: number[] = [];
    let line = first;
    for (const { added, removed: gone, count } of changes) {
      for (let i = 0; i < count; i++) if (!gone) seqs.push(added ? seq : this.#seqs[line + i]!);
      if (!added) line += count;
    }
    return seqs;
  }
}

/** In place where the change is small: a call takes only so many arguments. */
function replaced(list: number[], first: number, last: number, items: readonly number[]): number[] {
  if (items.length > maxEdits) return [...list.slice(0, first), ...items, ...list.slice(last)];
  list.splice(first, last - first, ...items);
  return list;
}

/** Bytes of the whole lines that both texts begin with. */
function commonHead(a: Buffer, b: Buffer): number {
  const limit = Math.min(a.length, b.length);
  let at = 0;
  for (const step of steps)
    while (at + step <= limit && a.compare(b, at, at + step, at, at + step) === 0) at += step;
  if (at === a.length && at === b.length) return at;
  return at === 0 ? 0 : a.lastIndexOf(newline, at - 1) + 1;
}

/** Bytes of the whole lines that both texts end with, behind the first `head` ones. */
function commonTail(a: Buffer, b: Buffer, head: number): number {
  const limit = Math.min(a.length, b.length) - head;
  let length = 0;
  for (const step of steps)
    while (length + step <= limit) {
      const [fromA, fromB] = [a.length - length - step, b.length - length - step];
      if (a.compare(b, fromB, fromB + step, fromA, fromA + step) !== 0) break;
      length += step;
    }
  const start = a.length - length;
  const isLineStart = (text: Buffer, at: number): boolean => at === head || text[at - 1] === newline;
  if (isLineStart(a, start) && isLineStart(b, b.length - length)) return length;
  const end = a.indexOf(newline, start);
  return end < 0 ? 0 : a.length - end - 1;
}

function lineStarts(text: Buffer, from: number, to: number): number[] {
  const starts: number[] = [];
  for (let at = from; at < to; ) {
    starts.push(at);
    const end = text.indexOf(newline, at);
    at = end < 0 ? to : end + 1;
  }
  return starts;
}

const textsAt = (text: Buffer, starts: readonly number[], end: number): string[] =>
  starts.map((start, line) => text.toString('latin1', start, starts[line + 1] ?? end));
