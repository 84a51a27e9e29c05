import type { Actor } from '../../core/model.js';
import type { ContentId } from '../../journal/contents/contents.js';
import { segmentBytes } from '../../journal/contents/segments.js';
import type { WorkingContent } from '../../journal/contents/working-content.js';

/** Bytes that one handle has appended and nobody has committed: those of `content` from `from` on. */
export interface Tail {
  /** 0: left behind by an engine that did not tell handles apart; it goes with whatever is committed first. */
  readonly handle: number;
  actor: Actor;
  /** The handle also writes in place, or has cut the file: what it does is one change, not lines for any content. */
  readonly bound: boolean;
  content: WorkingContent;
  from: number;
  /** The content that the bytes before `from` are, null: there are none; undefined: they are nothing that can be committed. */
  base: ContentId | null | undefined;
  /** Milliseconds since the epoch of the last append. */
  changedMs: number;
}

/** A stretch of a tail, in the order in which the mount saw it arrive. */
export interface Run {
  readonly tail: Tail;
  /** Its place in the tail's content. */
  readonly start: number;
  length: number;
}

/** A piece that is stored up to this size is kept apart from the content before it. */
const detachedBytes = 64 * 1024;

/** The bytes behind a file's own that handles of one mount have appended: to the mount one after the other as they came. */
export class Appended {
  readonly #tails: Tail[] = [];
  #runs: Run[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** One for each handle, in the order of their first bytes. */
  get tails(): readonly Tail[] {
    return this.#tails;
  }

  get runs(): readonly Run[] {
    return this.#runs;
  }

  of(handle: number): Tail | undefined {
    return this.#tails.find((tail) => tail.handle === handle);
  }

  begin(tail: Tail): Tail {
    this.#tails.push(tail);
    return tail;
  }

  append(tail: Tail, data: Uint8Array): void {
    const start = tail.content.size;
    tail.content.write(start, data);
    this.extend(tail, start, data.length);
  }

  /** The next `length` bytes are those of the tail from `start` on. */
  extend(tail: Tail, start: number, length: number): void {
    const last = this.#runs.at(-1);
    if (last?.tail === tail) last.length += length;
    else this.#runs.push({ tail, start, length });
    this.#size += length;
  }

  /** Views, right until the next change. */
  read(offset: number, length: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    this.#within(offset, length, ({ content }, start, bytes) => pieces.push(...content.read(start, bytes)));
    return pieces;
  }

  /** Changes bytes that are there. */
  overwrite(offset: number, data: Uint8Array): void {
    let done = 0;
    this.#within(offset, data.length, ({ content }, start, bytes) => {
      content.write(start, data.subarray(done, done + bytes));
      done += bytes;
    });
  }

  zero(offset: number, length: number): void {
    this.#within(offset, length, ({ content }, start, bytes) => content.zero(start, bytes));
  }

  #within(offset: number, length: number, visit: (tail: Tail, start: number, bytes: number) => void): void {
    const end = Math.min(offset + length, this.#size);
    let at = 0;
    for (const run of this.#runs) {
      if (at >= end) return;
      const from = Math.max(offset, at);
      const to = Math.min(end, at + run.length);
      if (from < to) visit(run.tail, run.start + from - at, to - from);
      at += run.length;
    }
  }

  /** Drops what lies behind the first `size` bytes. */
  truncate(size: number): void {
    while (this.#size > size) {
      const run = this.#runs.at(-1)!;
      const left = Math.max(0, run.length - (this.#size - size));
      run.tail.content.truncate(run.start + left);
      this.#size -= run.length - left;
      run.length = left;
      if (left === 0) this.#runs.pop();
    }
    for (const tail of [...this.#tails]) if (tail.content.size === tail.from) this.#forget(tail);
  }

  /** Drops all but the last `size` bytes, which are of one handle. */
  keepLast(size: number): void {
    const last = this.#runs.at(-1);
    for (const tail of [...this.#tails]) if (tail !== last?.tail) this.remove(tail).discard();
    if (last === undefined || size === 0) this.clear();
    else this.shorten(last.tail, Math.min(size, last.length));
  }

  clear(): void {
    for (const tail of [...this.#tails]) this.remove(tail).discard();
  }

  /** The first bytes of a tail have gone elsewhere; `left` bytes stay, which are the last of all. */
  shorten(tail: Tail, left: number): void {
    tail.from = tail.content.size - left;
    tail.base = undefined;
    this.#leaveOut(tail);
    this.extend(tail, tail.from, left);
  }

  /** Takes a tail out, with its content for whoever goes on with it. */
  remove(tail: Tail): WorkingContent {
    this.#leaveOut(tail);
    this.#forget(tail);
    return tail.content;
  }

  #leaveOut(tail: Tail): void {
    if (this.#tails.length === 1) {
      this.#runs = [];
      this.#size = 0;
      return;
    }
    const others = this.#runs.filter((run) => run.tail !== tail);
    this.#runs = [];
    this.#size = 0;
    for (const run of others) this.extend(run.tail, run.start, run.length);
  }

  #forget(tail: Tail): void {
    this.#tails.splice(this.#tails.indexOf(tail), 1);
  }

  /** Whether the mount sees the bytes of these tails before all others. */
  begins(tails: readonly Tail[]): boolean {
    if (tails.length === this.#tails.length) return true;
    const others = this.#runs.findIndex(({ tail }) => !tails.includes(tail));
    return others < 0 || !this.#runs.slice(others).some(({ tail }) => tails.includes(tail));
  }

  /**
   * Before the tails are stored. What is small gets segments of its own: behind the last segment of the content that
   * it was begun from, its bytes would stand in the way of the next version, which then had to copy that segment.
   */
  detach(empty: () => WorkingContent): void {
    for (const tail of this.#tails) {
      if (tail.from === 0 || tail.content.size - tail.from > detachedBytes) continue;
      const own = empty();
      for (const piece of bytesOf(tail)) own.write(own.size, piece);
      this.#runs = this.#runs.map((run) =>
        run.tail === tail ? { ...run, start: run.start - tail.from } : run,
      );
      tail.content.discard();
      tail.content = own;
      tail.from = 0;
      tail.base = undefined;
    }
  }
}

/** The bytes of a tail but for the last `spared` ones, as views that are right until it changes. */
export function* bytesOf({ content, from }: Tail, spared = 0): Generator<Uint8Array> {
  const end = content.size - spared;
  for (let offset = from; offset < end; offset += segmentBytes)
    yield* content.read(offset, Math.min(segmentBytes, end - offset));
}
