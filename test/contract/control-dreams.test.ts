import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ScopeRule } from '../../src/core/scope.js';
import type { StagedDream } from '../../src/core/staged-dreams.js';
import { openStore } from '../../src/vfs/store/open-store.js';
import type { StagedDreams } from '../../src/vfs/store.js';
import { actor, options, silent, Volume } from './support/volume.js';

const dreamer = { agent: 'dream', session: 'sesn_dream' };
const id = 'drm_one';

let volume: Volume;
let staged: StagedDream[];
beforeEach(() => {
  volume = new Volume();
  volume.mkdir('/d');
  volume.write('/a.md', 'one\n');
  volume.write('/d/b.md', 'two\n');
  volume.store.close();
  staged = [];
  const texts: Record<string, string> = {
    [`${id} diff`]: '--- a\n+++ b\n',
    [`${id} report.md`]: '# Report\n',
  };
  const dreams: StagedDreams = {
    list: () => staged,
    file: (dream, name) => {
      const text = texts[`${dream} ${name}`];
      return text === undefined ? null : Buffer.from(text);
    },
  };
  volume.store = openStore(volume.path, { ...options, dreams: () => dreams });
  volume.fs = volume.attach();
  volume.store.createBranch(id, dreamer);
  const branch = volume.store.branch(id);
  branch.write('/a.md', Buffer.from('dreamt\n'), dreamer);
  branch.write('/new.md', Buffer.from('new\n'), dreamer);
  branch.remove('/d/b.md', dreamer);
  staged.push({ id, branch: id });
});
afterEach(() => volume.destroy());

/** open, read, close: what a handle read first it goes on reading. */
function cat(path: string): string {
  const { fs } = volume;
  const ino = volume.ino(path);
  const { handle } = fs.open(volume.context(), ino, 0, false) as { handle: number };
  const pieces = fs.read(volume.context(), ino, handle, 0, 1 << 20) as Uint8Array[];
  fs.release(volume.context(), ino, handle, null);
  return Buffer.concat(pieces).toString();
}

const under = (rules: readonly ScopeRule[]) =>
  volume.attach(7, silent, actor, { mode: 'read_write', rules: [...rules] });

describe('.memfs/dreams', () => {
  test('holds a staged dream: what it was made from, what it makes of it, and its texts', () => {
    expect(volume.list('/.memfs')).toContain('dreams');
    expect(volume.list('/.memfs/dreams')).toEqual([id]);
    expect(volume.list(`/.memfs/dreams/${id}`)).toEqual(['base', 'tree', 'diff', 'report.md']);
    expect(volume.list(`/.memfs/dreams/${id}/base`)).toEqual(['d', 'a.md']);
    expect(volume.list(`/.memfs/dreams/${id}/tree`).sort()).toEqual(['a.md', 'd', 'new.md']);
    expect(volume.list(`/.memfs/dreams/${id}/tree/d`)).toEqual([]);
    expect(cat(`/.memfs/dreams/${id}/diff`)).toBe('--- a\n+++ b\n');
  });

  test('stays what it was made from when main moves on, and follows a reviewer', () => {
    volume.write('/a.md', 'main moves on\n');
    expect(cat(`/.memfs/dreams/${id}/base/a.md`)).toBe('one\n');
    expect(cat(`/.memfs/dreams/${id}/tree/a.md`)).toBe('dreamt\n');
    volume.store.branch(id).write('/a.md', Buffer.from('reviewed, and longer\n'), actor);
    expect(cat(`/.memfs/dreams/${id}/tree/a.md`)).toBe('reviewed, and longer\n');
    expect(
      volume.fs.lookup(volume.context(), volume.ino(`/.memfs/dreams/${id}/tree`), Buffer.from('a.md')),
    ).toMatchObject({
      entryValid: 0,
      attrValid: 0,
    });
  });

  test('shows a scope what it may see, and no text about the whole', () => {
    const fs = under([{ pattern: 'd/**', access: 'ro' }]);
    volume.through(fs, () => {
      expect(volume.list(`/.memfs/dreams/${id}`)).toEqual(['base', 'tree']);
      expect(volume.list(`/.memfs/dreams/${id}/base`)).toEqual(['d']);
      expect(volume.list(`/.memfs/dreams/${id}/tree`)).toEqual(['d']);
      expect(volume.exists(`/.memfs/dreams/${id}/base/a.md`)).toBe(false);
      expect(volume.exists(`/.memfs/dreams/${id}/tree/new.md`)).toBe(false);
      expect(cat(`/.memfs/dreams/${id}/base/d/b.md`)).toBe('two\n');
      expect(volume.exists(`/.memfs/dreams/${id}/diff`)).toBe(false);
    });
  });

  test('is gone with its branch', () => {
    volume.store.dropBranch(id, actor);
    expect(volume.list('/.memfs/dreams')).toEqual([]);
    expect(volume.exists(`/.memfs/dreams/${id}`)).toBe(false);
  });

  test('takes no changes', () => {
    expect(() => volume.write(`/.memfs/dreams/${id}/tree/a.md`, 'x')).toThrow(/can be changed/);
  });
});
