/** Salvaging with all that lies beside a damaged file: the spool, and what was open when the engine died. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Salvaged, salvageTask } from '../../src/daemon/stores/salvage-task.js';
import { verifyStore } from '../../src/journal/verify.js';
import { openStore } from '../../src/vfs/store/open-store.js';
import { options, Volume } from './support/volume.js';

let volume: Volume;
let left: string;
let source: string;
let target: string;

beforeEach(() => {
  volume = new Volume();
  left = join(volume.directory, 'left');
  mkdirSync(left);
  source = join(left, 'store.db');
  target = join(left, 'out.db');
  volume.write('/a.md', 'in the database\n');
  volume.store.statistics();
  volume.write('/b.md', 'in the spool\n');
  const file = volume.openForWriting('/open.md');
  volume.fs.write(volume.context(), file.ino, file.handle, 0, Buffer.from('not closed'), {
    flags: 1,
    fromCache: false,
    killPrivileges: false,
  });
  for (const end of ['.db', '.db-wal', '.spool'])
    copyFileSync(volume.path.replace(/\.db$/, end), source.replace(/\.db$/, end));
});
afterEach(() => volume.destroy());

const spool = (): string => source.replace(/\.db$/, '.spool');
const salvaged = (): Salvaged => salvageTask({ source, target, nowMs: Date.UTC(2027, 0, 1) }, () => {});

function files(): Record<string, string> {
  const store = openStore(target, options);
  try {
    return Object.fromEntries(
      [...store.exportEntries()].map(({ path, chunks }) => [
        String(path),
        Buffer.concat([...(chunks ?? [])]).toString(),
      ]),
    );
  } finally {
    store.close();
  }
}

test('what was acknowledged last is carried out, and what was open ends as after a crash', () => {
  const before = readFileSync(source);
  const { missing, store } = salvaged();
  expect(missing).toEqual([]);
  expect(store).toBe('memstore_abcdefghijkmnpqrstuvwxyz');
  expect(verifyStore(target).ok).toBe(true);
  expect(files()).toMatchObject({ '/a.md': 'in the database\n', '/b.md': 'in the spool\n' });
  expect(readFileSync(source).equals(before)).toBe(true);
  expect(statSync(target).mode & 0o077).toBe(0);
});

test.each<[string, RegExp, () => void]>([
  [
    'a frame of the spool is broken',
    /behind \d+ operations/,
    () => {
      const bytes = readFileSync(spool());
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(spool(), bytes);
    },
  ],
  ['the write-ahead log is gone', /operations in the spool/, () => rmSync(`${source}-wal`)],
])('that %s is said', (_, what, hurt) => {
  hurt();
  const { missing } = salvaged();
  expect(missing).toContainEqual(
    expect.objectContaining({ kind: 'writes', what: expect.stringMatching(what) }),
  );
  expect(verifyStore(target).ok).toBe(true);
});

test('a spool that was carried out before is left alone', () => {
  const old = readFileSync(spool());
  volume.reopen();
  for (const end of ['.db', '.db-wal'])
    copyFileSync(volume.path.replace(/\.db$/, end), source.replace(/\.db$/, end));
  writeFileSync(spool(), old);
  expect(salvaged().missing).toEqual([]);
});

test('what is no store leaves nothing behind', () => {
  writeFileSync(source, 'a text\n'.repeat(5_000));
  rmSync(`${source}-wal`);
  expect(salvaged).toThrow(expect.objectContaining({ code: 'invalid' }));
});

test.each(['.db-wal', '.spool', '.db'])('a pipe in the place of %s is refused', (end) => {
  const file = source.replace(/\.db$/, end);
  rmSync(file);
  execFileSync('mkfifo', [file]);
  expect(salvaged).toThrow(
    expect.objectContaining({ code: 'invalid', message: expect.stringMatching(/no regular file/) }),
  );
});
