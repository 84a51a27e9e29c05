import { afterEach, beforeEach, expect, test } from 'vitest';
import { Volume } from './support/volume.js';

let volume: Volume;
beforeEach(() => {
  volume = new Volume();
});
afterEach(() => {
  expect(volume.verify()).toMatchObject({ ok: true, firstBad: null });
  volume.destroy();
});

const memoryOf = (path: string) => [...volume.store.log({ path })].at(-1)?.memory;

test('a file that is written and closed is one version', () => {
  volume.write('/note.md', 'one\n');
  expect(volume.journal()).toEqual(['created /note.md']);
  volume.write('/note.md', 'two\n');
  expect(volume.journal()).toEqual(['created /note.md', 'modified /note.md']);
  expect(volume.read('/note.md')).toBe('two\n');
});

test('many writes through one handle are one version, equal content is none', () => {
  const handle = volume.openForWriting('/note.md');
  const options = { flags: 1, fromCache: false, killPrivileges: false };
  for (let i = 0; i < 10; i++)
    volume.fs.write(volume.context(), handle.ino, handle.handle, i, Buffer.from(String(i)), options);
  volume.close(handle);
  volume.write('/note.md', '0123456789');
  expect(volume.journal()).toEqual(['created /note.md']);
});

test('appends share what is stored and read back whole', () => {
  const start = 'x'.repeat(300_000);
  volume.write('/log.md', start);
  for (let i = 0; i < 50; i++) volume.append('/log.md', `line ${i}\n`);
  const expected = start + Array.from({ length: 50 }, (_, i) => `line ${i}\n`).join('');
  expect(volume.read('/log.md')).toBe(expected);
  volume.reopen();
  expect(volume.read('/log.md')).toBe(expected);
  expect(volume.journal('/log.md')).toHaveLength(51);
});

test('two continuations of one content do not mix', () => {
  volume.write('/a.md', 'base');
  volume.append('/a.md', '-first');
  const { version } = [...volume.store.log({ path: '/a.md' })][0]!;
  volume.store.restore('/a.md', version!, { agent: 'x', session: 'y' });
  volume.append('/a.md', '-other');
  expect(volume.read('/a.md')).toBe('base-other');
  const contents = [...volume.store.log({ path: '/a.md' })].map((record) =>
    Buffer.concat([...volume.store.show('/a.md', record.version!).chunks]).toString(),
  );
  expect(contents).toEqual(['base', 'base-first', 'base', 'base-other']);
});

test('renaming over a memory modifies it: sed -i', () => {
  volume.write('/note.md', 'one\n');
  const memory = memoryOf('/note.md');
  const inode = volume.ino('/note.md');
  volume.write('/sedAbCdEf', 'two\n');
  volume.rename('/sedAbCdEf', '/note.md');
  expect(volume.journal()).toEqual(['created /note.md', 'modified /note.md']);
  expect(memoryOf('/note.md')).toBe(memory);
  expect(volume.ino('/note.md')).not.toBe(inode);
});

test('a versioned temporary file renamed over a memory ends as deleted', () => {
  volume.write('/note.md', 'one\n');
  const memory = memoryOf('/note.md');
  volume.write('/note.new', 'two\n');
  volume.rename('/note.new', '/note.md');
  expect(volume.journal()).toEqual([
    'created /note.md',
    'created /note.new',
    'deleted /note.new',
    'modified /note.md',
  ]);
  expect(memoryOf('/note.md')).toBe(memory);
});

test('a backup name and a new file keep the identity: vim', () => {
  volume.write('/note.md', 'one\n');
  const memory = memoryOf('/note.md');
  volume.rename('/note.md', '/note.md~');
  volume.write('/note.md', 'two\n');
  volume.unlink('/note.md~');
  expect(memoryOf('/note.md')).toBe(memory);
  expect(volume.journal().at(-1)).toBe('modified /note.md');
});

test('a versioned backup gets an identity of its own', () => {
  volume.write('/note.md', 'one\n');
  const memory = memoryOf('/note.md');
  volume.rename('/note.md', '/note.bak');
  volume.write('/note.md', 'two\n');
  expect(memoryOf('/note.md')).toBe(memory);
  expect(memoryOf('/note.bak')).not.toBe(memory);
  expect(volume.read('/note.bak')).toBe('one\n');
});

test('a memory survives a move of its directory', () => {
  volume.mkdir('/a');
  volume.write('/a/note.md', 'one\n');
  const memory = memoryOf('/a/note.md');
  volume.rename('/a', '/b');
  expect(volume.read('/b/note.md')).toBe('one\n');
  volume.write('/b/note.md', 'two\n');
  expect(memoryOf('/b/note.md')).toBe(memory);
  expect(volume.journal()).toEqual(['mkdir /a', 'created /a/note.md', 'renamed /b', 'modified /b/note.md']);
});

test('unversioned names are durable and leave no record', () => {
  volume.mkdir('/.git');
  volume.write('/.git/HEAD', 'ref: refs/heads/main\n');
  volume.reopen();
  expect(volume.read('/.git/HEAD')).toBe('ref: refs/heads/main\n');
  expect(volume.journal()).toEqual([]);
});

test('an unversioned continuation of a version leaves the version whole when it goes', () => {
  volume.write('/note.md', 'one\n');
  volume.rename('/note.md', '/note.md~');
  volume.append('/note.md~', 'two\n');
  volume.append('/note.md~', 'three\n');
  expect(volume.read('/note.md~')).toBe('one\ntwo\nthree\n');
  volume.unlink('/note.md~');
  volume.reopen();
  volume.store.retainConnections(new Set());
  const [created] = [...volume.store.log({})];
  const content = volume.store.show('/note.md', created!.version!);
  expect(Buffer.concat([...content.chunks]).toString()).toBe('one\n');
});

test.each([
  ['/a.md', '/b.md'],
  ['/a.md', '/b.tmp'],
  ['/b.tmp', '/a.md'],
  ['/d', '/a.md'],
])('%s and %s change places', (first, second) => {
  volume.write('/a.md', 'A');
  volume.write('/b.md', 'B');
  volume.write('/b.tmp', 'T');
  volume.mkdir('/d');
  const [one, other] = [volume.ino(first), volume.ino(second)];
  volume.rename(first, second, 2);
  expect([volume.ino(first), volume.ino(second)]).toEqual([other, one]);
  volume.reopen();
  expect([volume.ino(first), volume.ino(second)]).toEqual([other, one]);
});

test('an unlinked file that is still open makes no version', () => {
  const handle = volume.openForWriting('/gone.md');
  volume.unlink('/gone.md');
  const options = { flags: 1, fromCache: false, killPrivileges: false };
  volume.fs.write(volume.context(), handle.ino, handle.handle, 0, Buffer.from('x'), options);
  volume.close(handle);
  expect(volume.journal()).toEqual([]);
});

test('the past is a tree: diff and export at a sequence number', () => {
  volume.write('/a.md', 'one\n');
  volume.write('/b.md', 'two\n');
  volume.unlink('/a.md');
  volume.write('/b.md', 'three\n');
  const names = (at: number) => [...volume.store.exportEntries(at)].map((entry) => entry.path.toString());
  expect(names(2)).toEqual(['/a.md', '/b.md']);
  expect(names(4)).toEqual(['/b.md']);
  const changes = [...volume.store.diff(2, undefined)].map((entry) => `${entry.change} ${entry.path}`);
  expect(changes).toEqual(['removed /a.md', 'changed /b.md']);
});
