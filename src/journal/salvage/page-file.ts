/** The pages of a database that SQLite may refuse, as its file and its write-ahead log hold them; nothing is changed. */
import { closeSync, existsSync, fstatSync, readSync } from 'node:fs';
import { MemfsError } from '../../core/errors.js';
import { bytesWorthReading, mostHoles, openRegular } from '../regular-file.js';
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
  /** The number of the last one that may be there. */
  readonly pages: number;
  /** It is nearly all holes, and what lies behind that page of it is not read; null: all is. */
  readonly readTo: number | null;
  /** Null: there is none, or nothing in it. */
  readonly wal: WalFrames | null;
  readonly #fd: number;
  readonly #walFd: number | null;
  readonly #readable: number;

  /** Throws `invalid` for a file that has no page of a database, or is no regular file. */
  constructor(path: string) {
    this.path = path;
    this.#fd = openRegular(path);
    try {
      this.#walFd = existsSync(`${path}-wal`) ? openRegular(`${path}-wal`) : null;
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
    try {
      this.bytes = fstatSync(this.#fd).size;
      this.#readable = bytesWorthReading(this.#fd);
      const wal = this.#walFd === null ? null : WalFrames.read(this.#walFd, null);
      this.pageBytes = this.#guessPageBytes(wal?.pageBytes);
      this.wal =
        this.#walFd === null || wal?.pageBytes === this.pageBytes
          ? wal
          : WalFrames.read(this.#walFd, this.pageBytes);
      const inFile = Math.ceil(this.#readable / this.pageBytes);
      // The log may say anything, and a file that has lost its end has fewer than there were.
      const atMost = (inFile + (this.wal?.frames ?? 0)) * mostHoles;
      this.pages = Math.max(inFile, Math.min(this.wal?.pages ?? 0, atMost));
      this.readTo = this.#readable < this.bytes ? inFile : null;
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
    if (page < 1 || page > this.pages) return null;
    const inLog = this.wal?.offsetOf(page);
    const offset = inLog ?? (page - 1) * this.pageBytes;
    if (inLog === undefined && offset >= this.#readable) return null;
    const bytes = Buffer.alloc(this.pageBytes);
    const read = readSync(inLog === undefined ? this.#fd : this.#walFd!, bytes, 0, bytes.length, offset);
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
    const pages = Math.ceil(this.#readable / pageBytes);
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
