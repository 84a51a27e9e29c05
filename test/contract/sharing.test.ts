import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FileSystem, KernelNotifier } from '../../src/vfs/filesystem.js';
import { options, Volume } from './support/volume.js';

/** Two mounts of one store. */
let volume: Volume;
let other: FileSystem;
let told: string[];

const recording: KernelNotifier = {
  hasExpiry: true,
  invalidateAttributes: (ino) => void told.push(`attributes ${ino}`),
  invalidatePages: (ino) => {
    told.push(`pages ${ino}`);
    return Promise.resolve();
  },
  expireName: (parent, name) => {
    told.push(`name ${parent} ${Buffer.from(name)}`);
    return Promise.resolve();
  },
};

beforeEach(() => {
  volume = new Volume();
  told = [];
  other = volume.attach(2, recording, { agent: 'other', session: 'sesn_other' });
});
afterEach(() => {
  expect(volume.verify()).toMatchObject({ ok: true });
  volume.destroy();
});

const flags = { append: 0o2001, write: 1 };
const written = (open: number) => ({ flags: open, fromCache: false, killPrivileges: false });

const openIn = (fs: FileSystem, ino: number, open: number): number =>
  (fs.open(volume.context(), ino, open, false) as { handle: number }).handle;

const writeIn = (fs: FileSystem, ino: number, handle: number, text: string, open: number): void =>
  void fs.write(volume.context(), ino, handle, 0, Buffer.from(text), written(open));

const readIn = (fs: FileSystem, ino: number): string =>
  Buffer.concat(fs.read(volume.context(), ino, 0, 0, 1 << 20) as Uint8Array[]).toString();

test('another mount sees a version, not the half-written file, and its kernel is told', async () => {
  volume.write('/a.md', 'one');
  const ino = volume.ino('/a.md');
  const handle = openIn(volume.fs, ino, flags.write);
  writeIn(volume.fs, ino, handle, 'two', flags.write);
  expect([readIn(volume.fs, ino), readIn(other, ino)]).toEqual(['two', 'one']);
  told = [];
  await volume.fs.flush(volume.context(), ino, handle, 1n);
  expect(readIn(other, ino)).toBe('two');
  expect(told).toContain(`pages ${ino}`);
});

test('what two mounts append at the same time is all there', () => {
  volume.write('/log.md', 'base\n');
  const ino = volume.ino('/log.md');
  const handles = [volume.fs, other].map((fs) => ({ fs, handle: openIn(fs, ino, flags.append) }));
  for (const [index, { fs, handle }] of handles.entries())
    writeIn(fs, ino, handle, `line of ${index}\n`, flags.append);
  for (const { fs, handle } of handles) void fs.flush(volume.context(), ino, handle, 1n);
  expect(readIn(other, ino)).toBe('base\nline of 0\nline of 1\n');
});

test('a lock carries what was written under it to its next holder', async () => {
  volume.write('/n', '0');
  const ino = volume.ino('/n');
  const lock = { kind: 'posix', owner: 1n, start: 0n, end: 9n, pid: 1 } as const;
  for (let i = 1; i <= 4; i++) {
    const fs = i % 2 === 0 ? volume.fs : other;
    const handle = openIn(fs, ino, 2);
    await fs.setlk(volume.context(), ino, handle, { ...lock, type: 'write' }, true);
    writeIn(fs, ino, handle, String(Number(readIn(fs, ino)) + 1), flags.write);
    await fs.setlk(volume.context(), ino, handle, { ...lock, type: 'unlock' }, false);
  }
  expect([readIn(volume.fs, ino), readIn(other, ino)]).toEqual(['4', '4']);
});

test('a base that another mount replaces stays readable', () => {
  volume.write('/x.tmp', 'x'.repeat(1000));
  const ino = volume.ino('/x.tmp');
  const handle = openIn(other, ino, flags.append);
  writeIn(other, ino, handle, 'y', flags.append);
  volume.write('/x.tmp', 'z');
  expect(readIn(other, ino)).toBe(`${'x'.repeat(1000)}y`);
});

test('a known content does not go from under an open file', () => {
  volume.write('/known.md', 'k'.repeat(1000));
  volume.write('/x.tmp', 'k'.repeat(1000));
  const ino = volume.ino('/x.tmp');
  const handle = openIn(volume.fs, ino, flags.append);
  writeIn(volume.fs, ino, handle, 'more', flags.append);
  volume.rename('/x.tmp', '/n.md');
  volume.close({ ino, handle });
  expect(volume.read('/n.md')).toBe(`${'k'.repeat(1000)}more`);
});

test('after an engine died, the other mount hears of what it may not have been told', () => {
  volume.write('/a.md', 'one');
  const ino = volume.ino('/a.md');
  volume.crash();
  volume.store.retainConnections(new Set([1, 2]));
  other = volume.attach(2, recording);
  told = [];
  volume.store.resume();
  expect(told).toContain(`pages ${ino}`);
  expect(told).toContain('name 1 a.md');
});

test('an unlinked file goes when no mount knows it any more', () => {
  volume.write('/a.tmp', 'x'.repeat(100_000));
  const ino = volume.ino('/a.tmp');
  other.lookup(volume.context(), 1, Buffer.from('a.tmp'));
  volume.unlink('/a.tmp');
  volume.fs.forget(ino, 1000);
  expect(readIn(other, ino)).toHaveLength(100_000);
  other.forget(ino, 1);
  expect(() => other.getattr(volume.context(), ino, null)).toThrow(/no inode/);
});

test('an unlinked file stays while a mount of an earlier engine may have it open', () => {
  volume.write('/a.tmp', 'x'.repeat(1000));
  const ino = volume.ino('/a.tmp');
  volume.crash();
  volume.store.retainConnections(new Set([1, 2]));
  other = volume.attach(2, recording);
  expect(volume.ino('/a.tmp')).toBe(ino);
  volume.unlink('/a.tmp');
  volume.fs.forget(ino, 1000);
  expect(readIn(other, ino)).toHaveLength(1000);
});

test('an empty file that is renamed over a memory empties it', () => {
  volume.write('/note.md', 'text');
  volume.write('/sedAbCdEf', '');
  volume.rename('/sedAbCdEf', '/note.md');
  expect(Buffer.concat([...volume.store.show('/note.md').chunks])).toHaveLength(0);
});

test('the spool is carried out under the configuration that it was written under', () => {
  volume.write('/large.md', 'x'.repeat(1000));
  volume.write('/a.draft', 'kept');
  volume.crash({ ...options, maxFileBytes: 10, unversioned: ['*.draft'] });
  expect(volume.read('/large.md')).toHaveLength(1000);
  expect(volume.journal()).toEqual(['created /large.md', 'created /a.draft']);
  expect(() => volume.write('/b.md', 'x'.repeat(11))).toThrow(/at most/);
  volume.append('/a.draft', '!');
  expect(volume.journal().at(-1)).toBe('modified /a.draft');
  volume.reopen();
});
