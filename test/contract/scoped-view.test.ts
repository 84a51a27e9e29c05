import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogQuery } from '../../src/core/records.js';
import { parseScopeRule } from '../../src/core/scope.js';
import type { TreeEntry } from '../../src/core/trees.js';
import type { StoreView } from '../../src/vfs/store.js';
import { actor, Volume } from './support/volume.js';

/** Two mounts' worth of history, seen by somebody who is granted `work`. */
let volume: Volume;
let view: StoreView;

const within = (...rules: string[]): StoreView =>
  volume.store.within({ mode: 'read_write', rules: rules.map(parseScopeRule) });

beforeEach(() => {
  volume = new Volume();
  volume.mkdir('/work');
  volume.mkdir('/secret');
  volume.write('/work/a.md', 'one');
  volume.write('/secret/s.md', 'hidden');
  volume.write('/work/a.md', 'two');
  view = within('work/**=rw');
});
afterEach(() => {
  expect(volume.verify()).toMatchObject({ ok: true });
  volume.destroy();
});

const lines = (query: LogQuery = {}): string[] =>
  [...view.log(query)].map(
    ({ operation, path, previous_path }) =>
      `${operation} ${previous_path === null ? '' : `${previous_path} `}${path}`,
  );
const text = (path: string, version?: string | number): string =>
  Buffer.concat([...view.show(path, version).chunks]).toString();
const versionAt = (path: string, operation: string): string =>
  [...volume.store.log({})].find((record) => record.path === path && record.operation === operation)!
    .version!;
const file = (path: string, content: string): TreeEntry => ({
  path: Buffer.from(path),
  kind: 'file',
  mode: 0o644,
  mtime: { sec: 1, nsec: 0 },
  size: content.length,
  chunks: [Buffer.from(content)],
});

test('what a session has read is told without what is hidden', () => {
  for (const path of ['/secret/s.md', '/work/a.md'])
    volume.fs.open(volume.context(), volume.ino(path), 0, false);
  volume.verify();
  const paths = (seen: StoreView): string[] => seen.reads(actor.session).map(({ path }) => path);
  expect(paths(volume.store)).toEqual(['/secret/s.md', '/work/a.md']);
  expect(paths(within('work/**=rw'))).toEqual(['/work/a.md']);
  expect(volume.store.reads('sesn_other')).toEqual([]);
});

describe('the log', () => {
  test('has no line of what is hidden', () => {
    expect(lines()).toEqual(['mkdir /work', 'created /work/a.md', 'modified /work/a.md']);
    expect(lines({ reverse: true, limit: 1 })).toEqual(['modified /work/a.md']);
    expect(lines({ path: '/secret' })).toEqual([]);
    expect(lines({ path: '/secret/s.md' })).toEqual([]);
  });

  test('goes on over hidden records, page by page', () => {
    for (let i = 0; i < 600; i++) volume.write('/secret/s.md', `${i}`);
    volume.write('/work/b.md', 'b');
    expect(view.logPage({ after: 5 })).toMatchObject({ records: [], next: { after: 505 } });
    expect(lines({ after: 5, limit: 1 })).toEqual(['created /work/b.md']);
  });

  test('shows a move across the border as its side of it', () => {
    volume.rename('/secret/s.md', '/work/s.md');
    volume.rename('/work/a.md', '/secret/a.md');
    volume.write('/secret/a.md', 'three');
    expect(lines({ after: 5 })).toEqual(['renamed /work/s.md', 'deleted /work/a.md']);
    const [, gone] = [...view.log({ after: 5 })];
    expect(gone).toMatchObject({ sha256: null, size: null });
    expect(() => text('/work/a.md', gone!.version!)).toThrow(/deleted/);
  });

  test('shows one side of an exchange', () => {
    volume.rename('/work/a.md', '/secret/s.md', 2);
    expect(lines({ after: 5 })).toEqual(['exchanged /work/a.md']);
    expect([...view.log({ after: 5 })][0]).toMatchObject({ memory: null, sha256: null });
  });
});

describe('contents', () => {
  test('are those of granted paths', () => {
    expect([text('/work/a.md'), text('/work/a.md', 3)]).toEqual(['two', 'one']);
    expect(() => text('/secret/s.md')).toThrow(/there is no \/secret\/s.md/);
    expect(() => text('/secret/s.md', versionAt('/secret/s.md', 'created'))).toThrow(/not a version/);
    expect(() => text('/nothing')).toThrow(/there is no \/nothing/);
  });

  test('of versions that were made out of sight stay there', () => {
    const hidden = versionAt('/secret/s.md', 'created');
    volume.rename('/secret/s.md', '/work/s.md');
    expect(text('/work/s.md')).toBe('hidden');
    expect(view.show('/work/s.md').record).toMatchObject({ path: '/work/s.md', previous_path: null });
    expect(() => text('/work/s.md', hidden)).toThrow(/not a version/);
  });

  test('of a directory that was moved into sight do not say where it was', () => {
    volume.rename('/secret', '/work/from');
    expect(text('/work/from/s.md')).toBe('hidden');
    expect(view.show('/work/from/s.md').record.path).toBe('/work/from/s.md');
    expect([...view.diff(5, undefined)].map(({ path, after }) => [path, after!.record.path])).toEqual([
      ['/work/from/s.md', '/work/from/s.md'],
    ]);
  });

  test('of a file with a hidden name are hidden', () => {
    volume.link('/work/a.md', '/secret/a.md');
    expect(() => text('/work/a.md')).toThrow(/there is no/);
    expect([...view.exportEntries()].map(({ path }) => path.toString())).toEqual(['/work']);
    expect(() => view.write('/work/a.md', Buffer.from('x'), actor)).toThrow(/outside of the scope/);
  });

  test('differ only where they are granted', () => {
    volume.write('/secret/t.md', 't');
    volume.write('/work/b.md', 'b');
    expect([...view.diff(3, undefined)].map(({ change, path }) => `${change} ${path}`)).toEqual([
      'changed /work/a.md',
      'added /work/b.md',
    ]);
    expect(() => [...view.diff(0, undefined, '/secret')]).toThrow(/no \/secret/);
  });

  test('are exported where they are granted, with the directories on the way', () => {
    volume.mkdir('/way');
    volume.write('/way/file.md', 'f');
    volume.write('/way/other.md', 'o');
    view = within('way/file.md=ro');
    expect([...view.exportEntries()].map(({ path }) => path.toString())).toEqual(['/way', '/way/file.md']);
  });

  test('have lines that say whose they are', async () => {
    expect((await view.blame('/work/a.md')).map(({ text: line }) => line)).toEqual(['two']);
    await expect(view.blame('/secret/s.md')).rejects.toThrow(/there is no/);
  });
});

describe('changes', () => {
  test('go where they are granted, with the directories that are missing', () => {
    view.write('/work/deep/er/b.md', Buffer.from('b'), actor);
    view.importEntry(file('/work/c.md', 'c'), actor);
    view.restore('/work/a.md', 3, actor);
    expect([volume.read('/work/deep/er/b.md'), volume.read('/work/c.md'), volume.read('/work/a.md')]).toEqual(
      ['b', 'c', 'one'],
    );
  });

  test.each([
    ['write', (path: string) => view.write(path, Buffer.from('x'), actor)],
    ['import', (path: string) => view.importEntry(file(path, 'x'), actor)],
    [
      'import of a directory',
      (path: string) => view.importEntry({ ...file(path, ''), kind: 'directory' }, actor),
    ],
  ])('%s: what is hidden is refused, there or not', (_, change) => {
    const before = volume.journal();
    for (const path of ['/secret/s.md', '/secret/new', '/new', '/secret'])
      expect(() => change(path)).toThrow(/outside of the scope/);
    view = within('work/**=ro');
    expect(() => change('/work/new')).toThrow(/for reading only/);
    expect(volume.journal()).toEqual(before);
  });

  test('do not make directories that are hidden', () => {
    view = within('new/dir/*.md=rw');
    expect(() => view.write('/new/dir/a.md', Buffer.from('x'), actor)).toThrow(/outside of the scope/);
    expect(volume.exists('/new')).toBe(false);
  });

  test('of a directory on the way are none', () => {
    view = within('work/a.md=rw');
    view.importEntry({ ...file('/work', ''), kind: 'directory' }, actor);
    expect(volume.journal()).toHaveLength(5);
  });
});
