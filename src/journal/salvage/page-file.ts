/** The pages of a database that SQLite may refuse, as its file and its write-ahead log hold them; nothing is changed. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { MemfsError } from '../../core/errors.js';
import { looksLikeTreePage } from './tree-pages.js';
import { isPageSize, WalFrames } from './wal-frames.js';

const fileHeaderBytes = 100;
/** Tried when the header of the file does not say: ours first, then SQLite's usual one. */
const usualPageSizes = [16_384, 4_096];
const samples = 64;

export class PageFile {
  readonly path: string;
  readonly bytes: number;
  readonly pageBytes: number;
  readonly pages: number;
  /** Null: there is none, or nothing in it. */
  readonly wal: WalFrames | null;
  readonly #fd: number;
  readonly #walFd: number | null;

  /** Throws `invalid` for a file that has no page of a database. */
  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, 'r');
    this.#walFd = existsSync(`${path}-wal`) ? openSync(`${path}-wal`, 'r') : null;
    try {
      this.bytes = fstatSync(this.#fd).size;
      const wal = this.#walFd === null ? null : WalFrames.read(this.#walFd, null);
      this.pageBytes = this.#guessPageBytes(wal?.pageBytes);
      this.wal =
        this.#walFd === null || wal?.pageBytes === this.pageBytes
          ? wal
          : WalFrames.read(this.#walFd, this.pageBytes);
      this.pages = Math.max(Math.ceil(this.bytes / this.pageBytes), this.wal?.pages ?? 0);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    closeSync(this.#fd);
    if (this.#walFd !== null) closeSync(this.#walFd);
  }

  /** The page, counted from 1, in a buffer of its own; null beyond the end. What a torn file lacks of it is zero. */
  read(page: number): Buffer | null {
    const bytes = Buffer.alloc(this.pageBytes);
    const offset = this.wal?.offsetOf(page);
    if (offset !== undefined) {
      readSync(this.#walFd!, bytes, 0, bytes.length, offset);
      return bytes;
    }
    if (page < 1 || page > this.pages) return null;
    const read = readSync(this.#fd, bytes, 0, bytes.length, (page - 1) * this.pageBytes);
    return read === 0 ? null : bytes;
  }

  #guessPageBytes(ofWal: number | undefined): number {
    const header = Buffer.alloc(fileHeaderBytes);
    readSync(this.#fd, header, 0, header.length, 0);
    const said = header.readUInt16BE(16);
    const candidates = [said === 1 ? 65_536 : said, ofWal ?? 0, ...usualPageSizes].filter(isPageSize);
    const scores = candidates.map((bytes) => this.#score(bytes));
    const best = Math.max(...scores);
    if (best === 0 && ofWal !== undefined) return ofWal;
    if (best === 0) throw new MemfsError('invalid', `${this.path} holds nothing of a store`);
    return candidates[scores.indexOf(best)]!;
  }

  /** How many of some pages behind the first look as they should, in thousandths. */
  #score(pageBytes: number): number {
    const pages = Math.ceil(this.bytes / pageBytes);
    const step = Math.max(1, Math.floor(pages / samples));
    const page = Buffer.alloc(pageBytes);
    let [seen, good] = [0, 0];
    for (let number = 1; number <= pages; number += step) {
      page.fill(0);
      readSync(this.#fd, page, 0, pageBytes, (number - 1) * pageBytes);
      seen++;
      if (looksLikeTreePage(page, number)) good++;
    }
    return seen === 0 ? 0 : Math.ceil((good * 1000) / seen);
  }
}
