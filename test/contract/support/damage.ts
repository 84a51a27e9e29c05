/** Pages of a store's file by kind, as SQLite itself tells, and ways to hurt them. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { extentsOf, segmentBytes } from '../../../src/journal/contents/segments.js';
import { decodeNumbers } from '../../../src/journal/number-list.js';

export interface PageKind {
  /** `leaf of records` */
  readonly kind: string;
  readonly table: string;
  readonly pages: readonly number[];
}

/** Every kind of page that the file has, the first page and free ones too. */
export function pageKinds(path: string): PageKind[] {
  const database = new Database(path, { readonly: true });
  const rows = database
    .prepare('SELECT name, pagetype, pageno FROM dbstat ORDER BY name, pagetype, pageno')
    .all() as { name: string; pagetype: string; pageno: number }[];
  const count = database.pragma('page_count', { simple: true }) as number;
  database.close();
  const kinds = new Map<string, PageKind & { pages: number[] }>();
  const add = (kind: string, table: string, page: number): void => {
    const known = kinds.get(kind);
    if (known === undefined) kinds.set(kind, { kind, table, pages: [page] });
    else known.pages.push(page);
  };
  const used = new Set<number>();
  for (const { name, pagetype, pageno } of rows) {
    used.add(pageno);
    add(`${pagetype} of ${name}`, name, pageno);
  }
  for (let page = 1; page <= count; page++) if (!used.has(page)) add('free', 'free', page);
  return [...kinds.values()];
}

/** The same numbers for the same seed. */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    // A linear congruential generator (Knuth's MMIX constants would need more than a double).
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export const pageBytes = 16_384;

/** How a page is hurt. */
export const injuries: Readonly<Record<string, (page: Buffer, random: (below: number) => number) => void>> = {
  'made of zeros': (page) => void page.fill(0),
  'with a flipped byte in its beginning': (page, random) => flip(page, random(12), random),
  'with flipped bytes': (page, random) => {
    for (let i = 0; i < 8; i++) flip(page, random(page.length), random);
  },
  'with a range of nonsense': (page, random) => {
    const start = random(page.length / 2);
    for (let i = start; i < start + page.length / 4; i++) page[i] = random(256);
  },
};

function flip(page: Buffer, at: number, random: (below: number) => number): void {
  page[at]! ^= 1 + random(255);
}

export function hurt(source: string, target: string, change: (bytes: Buffer) => Buffer): void {
  copyFileSync(source, target);
  writeFileSync(target, change(readFileSync(target)));
}

export const pageOf = (bytes: Buffer, page: number): Buffer =>
  bytes.subarray((page - 1) * pageBytes, page * pageBytes);

/** Rowids of a table that lie in a page, its overflow pages included, as SQLite itself tells. */
export function rowsIn(path: string, table: string, page: number): Set<number> {
  const database = new Database(path, { readonly: true });
  try {
    const pages = database
      .prepare('SELECT path, pageno, ncell, pagetype FROM dbstat WHERE name = ? ORDER BY path')
      .all(table) as { path: string; pageno: number; ncell: number; pagetype: string }[];
    const rowids = database.prepare(`SELECT rowid FROM ${table} ORDER BY rowid`).pluck().all() as number[];
    const own = pages.find(({ pageno }) => pageno === page)!;
    if (own.pagetype === 'internal') return new Set();
    // The path of an overflow page is that of its leaf, then its cell and its number in the chain.
    const [leafPath, cell] =
      own.pagetype === 'overflow'
        ? [
            own.path.replace(/[0-9a-f]+\+[0-9a-f]+$/, ''),
            Number.parseInt(/([0-9a-f]+)\+/.exec(own.path)![1]!, 16),
          ]
        : [own.path, null];
    let start = 0;
    for (const { path: at, ncell, pagetype } of pages) {
      if (pagetype !== 'leaf') continue;
      if (at === leafPath)
        return new Set(cell === null ? rowids.slice(start, start + ncell) : [rowids[start + cell]!]);
      start += ncell;
    }
    throw new Error(`page ${page} is in no leaf of ${table}`);
  } finally {
    database.close();
  }
}

/** Records whose content reads one of the pieces at these positions. */
export function recordsReading(path: string, positions: ReadonlySet<number>): Set<number> {
  const database = new Database(path, { readonly: true });
  try {
    const rows = database
      .prepare('SELECT r.seq, c.size, c.segments FROM records r JOIN contents c ON c.id = r.content')
      .all() as { seq: number; size: number; segments: Buffer }[];
    const reading = rows.filter(({ size, segments }) =>
      [...extentsOf(decodeNumbers(segments), size)].some(([segment, bytes]) =>
        [...positions].some((at) => at >= segment * segmentBytes && at < segment * segmentBytes + bytes),
      ),
    );
    return new Set(reading.map(({ seq }) => seq));
  } finally {
    database.close();
  }
}
