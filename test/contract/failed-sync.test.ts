import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Volume as AnyVolume } from './support/volume.js';

/** How many more syncs of files fail. */
let failing = 0;
/** Called at a sync that is waited for on the loop. */
let syncing = (): void => {};

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const fdatasync = (descriptor: number, done: (error: NodeJS.ErrnoException | null) => void): void => {
    const error = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO', errno: -5 });
    if (failing === 0) fs.fdatasync(descriptor, done);
    else process.nextTick(done, error);
    failing = Math.max(0, failing - 1);
  };
  const fdatasyncSync = (descriptor: number): void => {
    syncing();
    fs.fdatasyncSync(descriptor);
  };
  return { ...fs, fdatasync, fdatasyncSync };
});

// Modules are shared by the files of a worker: these are loaded anew, with that fdatasync, and then forgotten.
vi.resetModules();
const { Volume } = await import('./support/volume.js');
afterAll(() => {
  vi.doUnmock('node:fs');
  vi.resetModules();
});

let volume: AnyVolume;
let troubles: (string | null)[];
beforeEach(() => {
  failing = 0;
  syncing = () => {};
  troubles = [];
  volume = new Volume({ onTrouble: (_, trouble) => troubles.push(trouble) });
});
afterEach(() => volume.destroy());

const fails = /could not be synced/;

test('an fsync that fails says so, and the next one only succeeds when all was written again', async () => {
  volume.write('/a.md', 'one');
  failing = 1;
  await expect(volume.store.sync()).rejects.toThrow(fails);
  expect(volume.store.trouble).toMatch(fails);
  await volume.store.sync();
  expect(volume.store.trouble).toBeNull();
  expect(troubles).toEqual([expect.stringMatching(fails), null]);
});

test('as long as syncs fail, so do all fsyncs; work goes on', async () => {
  failing = 3;
  volume.write('/a.md', 'one');
  const [one, two] = await Promise.allSettled([volume.store.sync(), volume.store.sync()]);
  expect([one.status, two.status]).toEqual(['rejected', 'rejected']);
  volume.write('/b.md', 'two');
  await expect(volume.store.sync()).rejects.toThrow(fails);
  expect(volume.read('/b.md')).toBe('two');
  await volume.store.sync();
  expect(volume.verify()).toMatchObject({ ok: true });
});

test('nothing is copied into the database that a failed sync may have lost', async () => {
  await volume.store.sync();
  volume.write('/a.md', 'one');
  failing = 1;
  await expect(volume.store.sync()).rejects.toThrow(fails);
  const before = readFileSync(volume.path);
  volume.write('/b.md', 'two');
  volume.store.statistics();
  expect(readFileSync(volume.path).equals(before)).toBe(true);
});

test('where the log is not in memory any more, no later fsync succeeds and nothing more is taken', async () => {
  volume.write('/a.md', 'one');
  failing = 1;
  await expect(volume.store.sync()).rejects.toThrow(fails);
  // The page has left memory, and came back from the disk as it was before.
  const wal = openSync(`${volume.path}-wal`, 'r+');
  writeSync(wal, Buffer.alloc(512), 0, 512, 16_384);
  closeSync(wal);
  await expect(volume.store.sync()).rejects.toThrow(/is lost/);
  await expect(volume.store.sync()).rejects.toThrow(/is lost/);
  expect(volume.store.damaged).toMatch(/is lost/);
  expect(() => volume.mkdir('/d')).toThrow(/is lost/);
});

test('what only the spool of a dead engine held is on the disk before that is emptied', () => {
  volume.write('/a.md', 'one');
  const spool = join(volume.directory, 'crash-0', 'store.spool');
  const sizes: number[] = [];
  syncing = () => sizes.push(statSync(spool).size);
  volume.crash();
  expect(sizes).toEqual([expect.any(Number)]);
  expect(sizes[0]).toBeGreaterThan(0);
  expect(statSync(spool).size).toBe(0);
  volume.reopen();
  expect(sizes).toHaveLength(1);
});
