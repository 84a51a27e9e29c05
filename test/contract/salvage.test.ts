import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type SalvageReport, salvageStore } from '../../src/journal/salvage/salvage.js';
import { passing } from '../../src/journal/transfer/copy.js';
import { verifyStore } from '../../src/journal/verify.js';
import {
  hurt,
  injuries,
  numbers,
  pageBytes,
  pageKinds,
  pageOf,
  recordsReading,
  rowsIn,
} from './support/damage.js';
import { fullStore, secret } from './support/full-store.js';
import { type StoreFacts, storeFacts } from './support/store-facts.js';

const volume = await fullStore();
const before = storeFacts(volume.path);
const kinds = pageKinds(volume.path);
const directory = mkdtempSync(join(tmpdir(), 'memfsd-salvage-'));
const damaged = join(directory, 'memstore_abcdefghijkmnpqrstuvwxyz.db');
const target = join(directory, 'out.db');
const options = { nowMs: Date.UTC(2027, 0, 1), onProgress: (): void => {} };

beforeEach(() => rmSync(target, { force: true }));
afterAll(() => {
  rmSync(directory, { recursive: true });
  rmSync(volume.directory, { recursive: true });
});

function salvaged(): { readonly report: SalvageReport; readonly after: StoreFacts } {
  const bytes = readFileSync(damaged);
  const report = salvageStore(damaged, target, options);
  expect(readFileSync(damaged).equals(bytes), 'the damaged file was changed').toBe(true);
  expect(verifyStore(target)).toMatchObject({ ok: true, firstBad: null });
  expect(readFileSync(target).includes(secret), 'what was redacted is back').toBe(false);
  return { report, after: storeFacts(target) };
}

/** Says what the report does not: whatever is not as it was must be named. */
function unnamedLosses({ report, after }: ReturnType<typeof salvaged>): string[] {
  const { missing } = report;
  const isNamed = (seq: number): boolean =>
    missing.some((each) => each.seq !== undefined && each.seq <= seq && seq <= (each.through ?? each.seq));
  const paths = new Set(missing.map(({ branch, path }) => `${branch}:${path}`));
  const isNamedPath = (key: string): boolean => paths.has(Buffer.from(key, 'latin1').toString());
  const has = (...which: string[]): boolean => missing.some(({ kind }) => which.includes(kind));
  const losses: string[] = [];
  for (const [seq, { path, sha256 }] of before.versions)
    if (after.versions.get(seq)?.sha256 !== sha256 && !isNamed(seq)) losses.push(`version ${seq} of ${path}`);
  for (const [key, what] of before.names)
    if (after.names.get(key) !== what && !isNamedPath(key) && !has('unversioned'))
      losses.push(`${key}: ${what}, and now ${after.names.get(key)}`);
  for (const key of after.names.keys())
    if (!before.names.has(key) && !/^lost-and-found:|lost\+found/.test(key))
      losses.push(`${key} was not there`);
  for (const [key, what] of before.attributes)
    if (after.attributes.get(key) !== what && !isNamedPath(key) && after.names.has(key))
      losses.push(`attributes of ${key}`);
  const lost = (name: 'xattrs' | 'conflicts' | 'reads'): boolean =>
    [...before[name]].some((each) => !after[name].has(each));
  if (lost('xattrs') && !has('rows', 'memory', 'node')) losses.push('an attribute');
  if (lost('conflicts') && !has('rows', 'conflict')) losses.push('a conflict');
  if (lost('reads') && !has('rows')) losses.push('what a session has read');
  if (after.settings !== before.settings && !has('setting')) losses.push('a setting');
  if (missing.length === 0 && (after.head !== before.head || after.chain !== before.chain))
    losses.push('the chain');
  return losses;
}

test('a store that is sound comes out as it was', () => {
  hurt(volume.path, damaged, (bytes) => bytes);
  const { report, after } = salvaged();
  expect(report).toMatchObject({ missing: [], damage: [], unnamed: null, proved_to: before.head });
  expect(after).toEqual(before);
});

/** Tables whose rows are told of elsewhere too. */
const told = ['records', 'contents', 'pieces', 'entries', 'inodes'];

/** What must be there because its pages were not touched, or because something else tells it. */
function expectUntouched(table: string, page: number, { after }: ReturnType<typeof salvaged>): void {
  const rows = ['records', 'pieces'].includes(table) ? rowsIn(volume.path, table, page) : new Set<number>();
  const touched = table === 'records' ? rows : recordsReading(volume.path, rows);
  // Where the holes of a sparse file were, only its row says.
  const isSparse = (path: string): boolean => table === 'contents' && /large|moved/.test(path);
  const gone = [...before.versions].filter(
    ([seq, { path, sha256 }]) =>
      !touched.has(seq) && !isSparse(path) && after.versions.get(seq)?.sha256 !== sha256,
  );
  expect(gone, 'versions whose pages were not touched').toEqual([]);
  if (table === 'pieces' || table === 'contents') return;
  expect([...before.contents].filter((hash) => !after.contents.has(hash))).toEqual([]);
  const lines = (facts: ReadonlyMap<string, string>): string[] =>
    [...facts].map(([key, what]) => `${key} ${what}`).filter((line) => !line.startsWith('lost-and-found:'));
  const isTree = table === 'inodes' || table === 'entries';
  if (!isTree) expect(lines(after.names).sort()).toEqual(lines(before.names).sort());
  if (!isTree && table !== 'inode_history')
    expect(lines(after.attributes).sort()).toEqual(lines(before.attributes).sort());
}

test('no table is left out', () => {
  hurt(volume.path, damaged, (bytes) => bytes);
  salvaged();
  const rows = (path: string): Record<string, number> => {
    const database = new Database(path, { readonly: true });
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
    const counts = (tables as string[]).map((name) => [
      name,
      database.prepare(`SELECT count(*) FROM ${name}`).pluck().get(),
    ]);
    database.close();
    return Object.fromEntries(counts) as Record<string, number>;
  };
  const all = rows(target);
  expect(all).toEqual(rows(volume.path));
  const filled = Object.keys(all).filter((name) => all[name] !== 0 && !passing.includes(name));
  // A table that the store above leaves empty is not tried here at all.
  expect(Object.keys(all).filter((name) => !filled.includes(name) && !passing.includes(name))).toEqual([]);
});

describe.each(kinds.map((each) => [each.kind, each] as const))(
  'a page is hurt: %s',
  (kind, { table, pages }) => {
    const isIndex = /_|^free/.test(table) && !/^(sqlite_schema|inode_history)$/.test(table);
    const ways = Object.keys(injuries).slice(0, isIndex ? 1 : undefined);
    const hurtPages = new Set(
      told.includes(table) ? [pages[0]!, pages[pages.length >> 1]!] : [pages.at(-1)!],
    );
    test.each([...hurtPages].flatMap((page) => ways.map((way) => [page, way] as const)))(
      'page %d is %s',
      (page, way) => {
        const random = numbers(page * 31 + way.length);
        hurt(volume.path, damaged, (bytes) => {
          injuries[way]!(pageOf(bytes, page), random);
          return bytes;
        });
        const result = salvaged();
        if (kind.startsWith('free') || isIndex) {
          expect(result.report.missing).toEqual([]);
          expect(result.after).toEqual(before);
          return;
        }
        expectUntouched(table, page, result);
        // What has no hash and is told nowhere else can be changed without a trace.
        if (way === 'made of zeros' || /^(records|contents|pieces|entries)$/.test(table))
          expect(unnamedLosses(result)).toEqual([]);
      },
    );
  },
);

const pagesOf = (...names: readonly string[]): number[] =>
  names.flatMap((name) => kinds.find(({ kind }) => kind === name)!.pages);

describe('several pages are made of zeros', () => {
  const zeroed = (pages: readonly number[]): ReturnType<typeof salvaged> => {
    hurt(volume.path, damaged, (bytes) => {
      for (const page of pages) pageOf(bytes, page).fill(0);
      return bytes;
    });
    return salvaged();
  };
  const named = (result: ReturnType<typeof salvaged>): ReturnType<typeof salvaged> => {
    expect(unnamedLosses(result)).toEqual([]);
    return result;
  };

  test('which content has which bytes is proved by the commitments of records', () => {
    const { after } = named(zeroed(pagesOf('leaf of contents', 'leaf of contents_by_hash')));
    const gone = [...before.versions].filter(([seq]) => !after.versions.has(seq));
    expect([...new Set(gone.map(([, { path }]) => path))]).toEqual(['/large.bin', '/e/moved.bin']);
  });

  test('who wrote is in an index too, and with it gone is said to be unknown', () => {
    const { report, after } = named(zeroed(pagesOf('leaf of actors', 'leaf of sqlite_autoindex_actors_1')));
    expect(report.missing).toContainEqual(expect.objectContaining({ kind: 'proof' }));
    expect(after.versions).toEqual(before.versions);
  });

  test('names and inodes are told by the journal', () => {
    const { after } = named(zeroed(pagesOf('internal of entries', 'leaf of entries')));
    const versioned = [...before.names].filter(([key]) => !/scratch|\.git/.test(key));
    expect([...after.names].filter(([key]) => !key.startsWith('lost-and-found:'))).toEqual(versioned);
  });

  test('files are told by their names where the journal is gone', () => {
    const { report, after } = named(zeroed(pagesOf('internal of records', 'leaf of records')));
    expect(report.missing).toContainEqual(expect.objectContaining({ kind: 'records', seq: 1 }));
    const mains = (facts: StoreFacts): string[] =>
      [...facts.names].filter(([key]) => key.startsWith('main:')).map(([key, what]) => `${key} ${what}`);
    expect(mains(after)).toEqual(mains(before));
    expect([...before.contents].filter((hash) => !after.contents.has(hash))).toEqual([]);
  });

  test('contents stay where all else is gone', () => {
    const { report, after } = zeroed(
      pagesOf(
        'leaf of sqlite_schema',
        'leaf of records',
        'leaf of entries',
        'leaf of inodes',
        'leaf of meta',
      ),
    );
    expect([...before.contents].filter((hash) => !after.contents.has(hash))).toEqual([]);
    expect(report.unnamed?.branch).toBe('lost-and-found');
    expect(report.missing).toContainEqual(
      expect.objectContaining({ kind: 'records', what: expect.stringMatching(/behind/) }),
    );
  });
});

/** In its long form: MEMFSD_SALVAGE_ROUNDS=5000 npx vitest run --project contract test/contract/salvage.test.ts */
const { MEMFSD_SALVAGE_ROUNDS: asked = '12' } = process.env;
const rounds = Number(asked);

test.each(Array.from({ length: rounds }, (_, i) => i))(
  'whatever is hurt, what comes out verifies: %d',
  (seed) => {
    const random = numbers(seed * 7919 + 1);
    const ways = Object.values(injuries);
    hurt(volume.path, damaged, (bytes) => {
      for (let i = 1 + random(4); i > 0; i--)
        ways[random(ways.length)]!(pageOf(bytes, 1 + random(bytes.length / pageBytes)), random);
      return random(5) === 0 ? bytes.subarray(0, bytes.length - random(bytes.length / 3)) : bytes;
    });
    const { report, after } = salvaged();
    const isNamed = (seq: number): boolean =>
      report.missing.some((each) => each.seq! <= seq && seq <= (each.through ?? each.seq!));
    const forgotten = [...before.versions].filter(
      ([seq, { sha256 }]) =>
        seq <= report.newest && after.versions.get(seq)?.sha256 !== sha256 && !isNamed(seq),
    );
    expect(forgotten).toEqual([]);
  },
);
