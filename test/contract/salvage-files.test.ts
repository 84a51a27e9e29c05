import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PageFile } from '../../src/journal/salvage/page-file.js';
import { type SalvageReport, salvageStore } from '../../src/journal/salvage/salvage.js';
import { verifyStore } from '../../src/journal/verify.js';
import { openStore } from '../../src/vfs/store/open-store.js';
import { numbers, pageBytes } from './support/damage.js';
import { fullStore, openFullStore } from './support/full-store.js';
import { type StoreFacts, storeFacts } from './support/store-facts.js';
import { options as storeOptions, type Volume } from './support/volume.js';

const fixtures = fileURLToPath(new URL('../../fixtures/stores', import.meta.url));
const volume = await fullStore();
const atRest = readFileSync(volume.path);
const directory = mkdtempSync(join(tmpdir(), 'memfsd-salvage-files-'));
const damaged = join(directory, 'damaged.db');
const target = join(directory, 'out.db');
const options = { nowMs: Date.UTC(2027, 0, 1), onProgress: (): void => {} };

beforeEach(() => {
  for (const file of [target, damaged, `${damaged}-wal`]) rmSync(file, { force: true });
});
afterAll(() => {
  rmSync(directory, { recursive: true });
  rmSync(volume.directory, { recursive: true });
});

function salvaged(): { readonly report: SalvageReport; readonly after: StoreFacts } {
  const report = salvageStore(damaged, target, options);
  expect(verifyStore(target)).toMatchObject({ ok: true, firstBad: null });
  return { report, after: storeFacts(target) };
}

/** Versions that are neither there nor named. */
function forgotten(before: StoreFacts, { report, after }: ReturnType<typeof salvaged>): number[] {
  const isNamed = (seq: number): boolean =>
    report.missing.some(
      (each) => each.seq !== undefined && each.seq <= seq && seq <= (each.through ?? each.seq),
    );
  return [...before.versions]
    .filter(([seq, { sha256 }]) => after.versions.get(seq)?.sha256 !== sha256 && !isNamed(seq))
    .map(([seq]) => seq);
}

describe('a file', () => {
  const before = storeFacts(volume.path);

  test.each([
    ['that lacks its last eighth', (bytes: Buffer) => bytes.subarray(0, (bytes.length / 8) * 7)],
    ['whose last page is torn', (bytes: Buffer) => bytes.subarray(0, bytes.length - 5_000)],
    [
      'whose first page is gone',
      (bytes: Buffer) => Buffer.concat([Buffer.alloc(pageBytes), bytes.subarray(pageBytes)]),
    ],
    [
      'with a range of zeros',
      (bytes: Buffer) => Buffer.from(bytes).fill(0, 40 * pageBytes + 100, 60 * pageBytes),
    ],
    ['whose header names another page size', (bytes: Buffer) => withBytes(bytes, 16, [0x10, 0])],
    ['whose header names an older schema', (bytes: Buffer) => withBytes(bytes, 60, [0, 0, 0, 1])],
    [
      'whose header names a schema that is not known',
      (bytes: Buffer) => withBytes(bytes, 60, [0x7f, 0, 0, 1]),
    ],
  ])('%s is read as far as it goes', (_, change) => {
    writeFileSync(damaged, change(atRest));
    const result = salvaged();
    const first = [...before.versions].filter(([seq]) => seq <= result.report.proved_to);
    for (const [seq, { sha256 }] of first.filter(([, { sha256 }]) => result.after.contents.has(sha256)))
      expect(result.after.versions.get(seq)?.sha256).toBe(sha256);
    // The end of the journal may be gone without a trace in what is left.
    const { newest } = result.report;
    expect(forgotten(before, result).filter((seq) => seq <= newest)).toEqual([]);
    expect(result.after.versions.size).toBeGreaterThan(20);
  });

  test('that is cut in half is no error, whatever is left', () => {
    writeFileSync(damaged, atRest.subarray(0, atRest.length / 2));
    const result = salvaged();
    expect(forgotten(before, result).filter((seq) => seq <= result.report.newest)).toEqual([]);
    expect(result.report.missing).not.toEqual([]);
  });

  test('that is no store is refused, and so is an empty one', () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(100_000),
      Buffer.from('a text\n'.repeat(10_000)),
      randomBytes(200_000),
    ]) {
      writeFileSync(damaged, bytes);
      expect(() => salvageStore(damaged, target, options)).toThrow(
        expect.objectContaining({ code: 'invalid' }),
      );
      rmSync(target, { force: true });
    }
  });
});

const withBytes = (bytes: Buffer, at: number, values: readonly number[]): Buffer => {
  const copy = Buffer.from(bytes);
  copy.set(values, at);
  return copy;
};

function randomBytes(count: number): Buffer {
  const random = numbers(7);
  return Buffer.from(Array.from({ length: count }, () => random(256)));
}

describe.each(readdirSync(fixtures).filter((name) => name.endsWith('.sql')))('a store of %s', (name) => {
  beforeEach(() => {
    const database = new Database(damaged);
    database.exec(readFileSync(join(fixtures, name), 'utf8'));
    database.close();
  });

  test('comes out in the present schema, with nothing missing', () => {
    const expected = join(directory, 'expected.db');
    copyFileSync(damaged, expected);
    openStore(expected, storeOptions).close();
    const { report, after } = salvaged();
    expect(report.missing).toEqual([]);
    expect(after).toEqual(storeFacts(expected));
    rmSync(expected);
  });

  test('comes out without its first page', () => {
    const { versions } = salvaged().after;
    rmSync(target);
    const bytes = readFileSync(damaged);
    writeFileSync(damaged, bytes.fill(0, 0, 4096));
    expect(salvaged().after.versions).toEqual(versions);
  });
});

describe('a write-ahead log', () => {
  let before: StoreFacts;
  let frames: number;
  const frameBytes = 24 + pageBytes;

  /** The files as a killed engine leaves them: much of the newest is in the log only. */
  async function leave(): Promise<Volume> {
    const live = await openFullStore();
    for (let i = 0; i < 40; i++) live.write(`/late-${i}.md`, `late ${i}\n`.repeat(i));
    live.store.statistics();
    copyFileSync(live.path, damaged);
    copyFileSync(`${live.path}-wal`, `${damaged}-wal`);
    frames = Math.floor((readFileSync(`${damaged}-wal`).length - 32) / frameBytes);
    live.store.retainConnections(new Set());
    live.store.close();
    before = storeFacts(live.path);
    return live;
  }

  let live: Volume;
  beforeEach(async () => {
    live = await leave();
    expect(frames).toBeGreaterThan(5);
  });
  afterEach(() => rmSync(live.directory, { recursive: true }));

  const change = (work: (wal: Buffer) => void): void => {
    const wal = readFileSync(`${damaged}-wal`);
    work(wal);
    writeFileSync(`${damaged}-wal`, wal);
  };

  test('is read with the file', () => {
    const { report, after } = salvaged();
    expect(report.missing).toEqual([]);
    expect(after.versions).toEqual(before.versions);
    expect(after.chain).toBe(before.chain);
  });

  test('that is gone leaves what the file holds', () => {
    rmSync(`${damaged}-wal`);
    const { after } = salvaged();
    for (const [seq, { sha256 }] of after.versions) expect(before.versions.get(seq)?.sha256).toBe(sha256);
    expect(after.versions.size).toBeGreaterThan(100);
  });

  test.each(['its first frame', 'a frame in the middle', 'its last frame'])(
    'is read behind a byte that is wrong in %s',
    (which) => {
      const frame = {
        'its first frame': 0,
        'a frame in the middle': frames >> 1,
        'its last frame': frames - 1,
      }[which]!;
      change((wal) => {
        wal[32 + frame * frameBytes + 24 + 9_000]! ^= 0x55;
      });
      const result = salvaged();
      if (which === 'its last frame') return;
      expect(forgotten(before, result)).toEqual([]);
      expect(result.report.damage).toContainEqual(expect.objectContaining({ of: 'write-ahead log' }));
    },
  );

  test('is read behind frames of zeros, which are said to be missing', () => {
    change((wal) => void wal.fill(0, 32 + 2 * frameBytes, 32 + 4 * frameBytes));
    const { report } = salvaged();
    expect(report.missing).toContainEqual(expect.objectContaining({ kind: 'writes' }));
  });

  test('is read though its header is hurt', () => {
    change((wal) => void wal.fill(0xaa, 8, 12));
    const { after } = salvaged();
    expect(after.versions).toEqual(before.versions);
  });

  test('that is torn is read up to there', () => {
    truncateSync(`${damaged}-wal`, 32 + (frames - 1) * frameBytes + 5_000);
    const { after } = salvaged();
    for (const [seq, { sha256 }] of after.versions) expect(before.versions.get(seq)?.sha256).toBe(sha256);
    expect(existsSync(target)).toBe(true);
  });
});

describe('a file that was made to keep its reader busy', () => {
  const readIn = (read: () => unknown): number => {
    let pages = 0;
    const { onProgress } = options;
    options.onProgress = () => {
      pages++;
    };
    try {
      read();
    } finally {
      options.onProgress = onProgress;
    }
    return pages;
  };
  const inFile = atRest.length / pageBytes;

  test('has no more pages than it can hold, whatever its log says', () => {
    writeFileSync(damaged, atRest);
    writeFileSync(`${damaged}-wal`, logOf(atRest.subarray(0, pageBytes), 0x7fff_ffff));
    expect(readIn(salvaged)).toBeLessThan(100 * inFile);
  });

  test('is read as far as it is no hole', () => {
    writeFileSync(damaged, atRest);
    truncateSync(damaged, 2 ** 41);
    const pages = readIn(() => {
      const { report } = salvaged();
      expect(report.damage).toContainEqual(
        expect.objectContaining({ problem: expect.stringMatching(/holes/) }),
      );
    });
    expect(pages).toBeLessThan(10_000 + 100 * inFile);
  });

  test('and neither a pipe, a socket nor a link is read as its log', () => {
    for (const make of [
      () => execFileSync('mkfifo', [`${damaged}-wal`]),
      () => symlinkSync(volume.path, `${damaged}-wal`),
    ]) {
      writeFileSync(damaged, atRest);
      make();
      expect(() => salvageStore(damaged, target, options)).toThrow(
        expect.objectContaining({ code: 'invalid', message: expect.stringMatching(/no regular file/) }),
      );
      rmSync(`${damaged}-wal`);
    }
  });

  test('whose cells share a ring of overflow pages is read in no more steps than a few for each page', () => {
    const ring = Buffer.alloc(pageBytes);
    const first = inFile + 1;
    ring.writeUInt32BE(first, 0);
    const full = pageOfCellsInto(first);
    writeFileSync(damaged, Buffer.concat([atRest, ring, ...Array<Buffer>(200).fill(full)]));
    const reads = vi.spyOn(PageFile.prototype, 'read');
    try {
      salvaged();
      expect(reads.mock.calls.length).toBeLessThan(20 * (inFile + 201));
    } finally {
      reads.mockRestore();
    }
  });
});

/** A log of one frame, which says how many pages the database has. */
function logOf(page: Buffer, pages: number): Buffer {
  const sum = (bytes: Buffer, [a, b]: [number, number]): [number, number] => {
    for (let i = 0; i < bytes.length; i += 8) {
      a = (a + bytes.readUInt32BE(i) + b) >>> 0;
      b = (b + bytes.readUInt32BE(i + 4) + a) >>> 0;
    }
    return [a, b];
  };
  const words = (...all: number[]): Buffer => {
    const bytes = Buffer.alloc(all.length * 4);
    for (const [i, word] of all.entries()) bytes.writeUInt32BE(word, i * 4);
    return bytes;
  };
  const header = words(0x377f0683, 3_007_000, page.length, 0, 1, 2);
  const ofHeader = sum(header, [0, 0]);
  const frame = words(1, pages);
  const ofFrame = sum(page, sum(frame, ofHeader));
  return Buffer.concat([header, words(...ofHeader), frame, words(1, 2), words(...ofFrame), page]);
}

/** A leaf of a table; each of its cells says that it has nearly 16 MiB behind this overflow page. */
function pageOfCellsInto(overflow: number): Buffer {
  const page = Buffer.alloc(pageBytes);
  const local = Math.floor(((pageBytes - 12) * 32) / 255) - 23;
  const bytes = local + (pageBytes - 4) * 1_000;
  const head = Buffer.from([
    0x80 | (bytes >> 21),
    0x80 | ((bytes >> 14) & 0x7f),
    0x80 | ((bytes >> 7) & 0x7f),
    bytes & 0x7f,
    1,
  ]);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(overflow);
  const cell = Buffer.concat([head, Buffer.alloc(local, 1), end]);
  page[0] = 13;
  let [count, at] = [0, page.length];
  for (; at - cell.length >= 8 + 2 * (count + 1); count++) {
    at -= cell.length;
    cell.copy(page, at);
    page.writeUInt16BE(at, 8 + 2 * count);
  }
  page.writeUInt16BE(count, 3);
  page.writeUInt16BE(at, 5);
  return page;
}
