/**
 * Remains of deleted rows in pages of SQLite. `secure_delete` wipes deleted rows and freed pages, but when rows move to a
 * neighbouring page their old copies stay in the gap between a page's cell pointers and its cells; deleting such a
 * row later wipes its present place only (sqlite.org/fileformat2.html#b_tree_pages).
 */

/** First bytes of pages of a table or an index, with the size of the header that follows. */
const headerBytes = new Map([
  [2, 12],
  [5, 12],
  [10, 8],
  [13, 8],
]);
/** Before the header of the first page. */
const fileHeaderBytes = 100;

/** The unused middle of a b-tree page; null for pages of other kinds. `number` counts from 1. */
export function gapOf(page: Buffer, number: number): Buffer | null {
  const header = number === 1 ? fileHeaderBytes : 0;
  const size = headerBytes.get(page[header]!);
  if (size === undefined) return null;
  const start = header + size + 2 * page.readUInt16BE(header + 3);
  const end = page.readUInt16BE(header + 5) || 65_536;
  return start <= end && end <= page.length ? page.subarray(start, end) : null;
}

const windowBytes = 8;

/** Removed bytes, to be recognised where a part of them is left: any 15 bytes in a row are. */
export class Traces {
  readonly #windows = new Set<number>();

  get isEmpty(): boolean {
    return this.#windows.size === 0;
  }

  add(bytes: Buffer): void {
    for (let at = 0; at + windowBytes <= bytes.length; at += windowBytes) this.#windows.add(keyAt(bytes, at));
  }

  isIn(bytes: Buffer): boolean {
    for (let at = 0; at + windowBytes <= bytes.length; at++)
      if (this.#windows.has(keyAt(bytes, at))) return true;
    return false;
  }
}

/** Eight bytes as a number that a double holds; the twelve bits that do not fit are left out. */
const keyAt = (bytes: Buffer, at: number): number =>
  bytes.readUInt32LE(at) * 0x100000 + (bytes.readUInt32LE(at + 4) & 0xfffff);
