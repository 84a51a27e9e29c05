import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Spool } from '../../../../src/journal/spool/spool.js';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-spool-'));
  path = join(directory, 'a.spool');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const generation = randomBytes(16);

function open<T>(work: (spool: Spool) => T, current: Buffer = generation): T {
  const spool = new Spool(path, { current, former: null });
  try {
    return work(spool);
  } finally {
    spool.close();
  }
}

const texts = (spool: Spool): string[] =>
  [...spool.frames()].map(({ header, payload }) => `${header as string} ${payload}`);

const append = (...names: string[]): void =>
  open((spool) => {
    texts(spool);
    for (const name of names) spool.append(name, Buffer.from(`of ${name}`));
  });

test('gives back what was appended, and goes on behind it', () => {
  append('a', 'bb');
  append('c');
  expect(open(texts)).toEqual(['a of a', 'bb of bb', 'c of c']);
});

test('frames that wait are written with the next one', () => {
  open((spool) => {
    spool.appendLater('later');
    spool.append('now');
    spool.append('after');
  });
  expect(open(texts)).toEqual(['later ', 'now ', 'after ']);
});

test('frames of another generation are none', () => {
  append('a', 'b');
  expect(open(texts, randomBytes(16))).toEqual([]);
});

test('after a restart nothing of the file is read', () => {
  append('a', 'b');
  const next = randomBytes(16);
  open((spool) => {
    texts(spool);
    spool.restart(next);
    spool.append('c');
  });
  expect(open(texts, next)).toEqual(['c ']);
});

test('an older frame of the same generation does not continue a newer and shorter log', () => {
  append('a', 'b', 'c');
  const older = readFileSync(path);
  const bytes = older.length / 3;
  // A cut took the first frame back, and another of the same length was written in its place.
  writeFileSync(path, '');
  append('x');
  writeFileSync(path, Buffer.concat([readFileSync(path), older.subarray(bytes)]));
  expect(open(texts)).toEqual(['x of x']);
  append('y');
  writeFileSync(path, Buffer.concat([readFileSync(path), older.subarray(2 * bytes)]));
  expect(open(texts)).toEqual(['x of x', 'y of y']);
});

test('is read up to a frame that was torn, wherever it was', () => {
  append('a', 'b');
  const whole = readFileSync(path);
  for (let bytes = whole.length / 2; bytes < whole.length; bytes++) {
    writeFileSync(path, whole.subarray(0, bytes));
    expect(open(texts)).toEqual(['a of a']);
    const torn = Buffer.from(whole);
    torn.fill(0, bytes, bytes + 1);
    if (torn.equals(whole)) continue;
    writeFileSync(path, torn);
    expect(open(texts)).toEqual(['a of a']);
  }
});
