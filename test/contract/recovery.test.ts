import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyStore } from '../../src/journal/verify.js';
import { Volume } from './support/volume.js';

let volume: Volume;
beforeEach(() => {
  volume = new Volume();
});
afterEach(() => volume.destroy());

const plain = { flags: 1, fromCache: false, killPrivileges: false };

test('a killed engine loses nothing that was acknowledged', async () => {
  volume.write('/a.md', 'one\n');
  await volume.store.sync();
  volume.mkdir('/d');
  volume.write('/d/b.md', 'two\n');
  volume.rename('/a.md', '/d/a.md');
  volume.crash();
  expect(volume.read('/d/a.md')).toBe('one\n');
  expect(volume.read('/d/b.md')).toBe('two\n');
  const chain = [...volume.store.log({})].map((record) => record.chain);
  volume.reopen();
  expect([...volume.store.log({})].map((record) => record.chain)).toEqual(chain);
  expect(volume.verify()).toMatchObject({ ok: true });
});

test('a handle and its uncommitted bytes go on in the next engine', async () => {
  const handle = volume.openForWriting('/a.md');
  volume.fs.write(volume.context(), handle.ino, handle.handle, 0, Buffer.from('before '), plain);
  await volume.store.sync();
  volume.fs.write(volume.context(), handle.ino, handle.handle, 7, Buffer.from('between '), plain);
  volume.crash();
  volume.fs.write(volume.context(), handle.ino, handle.handle, 15, Buffer.from('after'), plain);
  volume.close(handle);
  expect(volume.read('/a.md')).toBe('before between after');
  expect(volume.journal()).toEqual(['created /a.md']);
});

test.each([false, true])(
  'a request that comes again is carried out once (group committed: %s)',
  async (committed) => {
    const request = volume.context();
    const created = volume.fs.create(request, 1, Buffer.from('a.md'), 0o100644, 0o1001);
    const append = volume.context();
    const written = volume.fs.write(append, created.entry.attr.ino, created.handle, 0, Buffer.from('x'), {
      ...plain,
      flags: 0o2001,
    });
    volume.crash();
    if (committed) {
      await volume.store.sync();
      volume.crash();
    }
    const again = volume.fs.create(volume.context(request.unique), 1, Buffer.from('a.md'), 0o100644, 0o1201);
    expect(again.handle).toBe(created.handle);
    expect(again.entry.attr.ino).toBe(created.entry.attr.ino);
    const repeated = volume.fs.write(
      volume.context(append.unique),
      created.entry.attr.ino,
      created.handle,
      0,
      Buffer.from('x'),
      { ...plain, flags: 0o2001 },
    );
    expect(repeated).toBe(written);
    expect(volume.read('/a.md')).toBe('x');
  },
);

test('a request that comes again and was not carried out is carried out now', () => {
  volume.crash();
  volume.fs.mkdir(volume.context(99n), 1, Buffer.from('d'), 0o755);
  expect(volume.exists('/d')).toBe(true);
});

test('locks go on in the next engine', () => {
  volume.write('/a.md', 'x');
  const ino = volume.ino('/a.md');
  const lock = { kind: 'posix', type: 'write', start: 0n, end: 9n, pid: 7 } as const;
  volume.fs.setlk(volume.context(), ino, 0, { ...lock, owner: 1n }, false);
  volume.crash();
  expect(volume.fs.getlk(volume.context(), ino, 0, { ...lock, owner: 2n })).toMatchObject({ pid: 7 });
  expect(() => volume.fs.setlk(volume.context(), ino, 0, { ...lock, owner: 2n }, false)).toThrow(/held/);
});

describe('what a gone connection left open', () => {
  const end = (): void => {
    volume.crash();
    volume.store.retainConnections(new Set());
  };

  const write = (path: string, text: string): void => {
    const { ino, handle } = volume.openForWriting(path);
    volume.fs.write(volume.context(), ino, handle, 0, Buffer.from(text), plain);
    end();
  };

  const kept = (): (string | undefined)[] =>
    volume.store.conflicts({ path: '/a.md' }).map(({ number }) => {
      const content = volume.store.conflictContent('/a.md', number, 'mine');
      return content === null ? undefined : Buffer.concat([...content]).toString();
    });

  test('is no version, as it may be half of one: its bytes are kept', () => {
    volume.write('/a.md', 'a whole text');
    write('/a.md', 'half');
    expect(volume.read('/a.md')).toBe('a whole text');
    expect(volume.journal()).toEqual(['created /a.md']);
    expect(kept()).toEqual(['half']);
  });

  test('is forgotten where it was cut and nothing written yet', () => {
    volume.write('/a.md', 'a whole text');
    volume.openForWriting('/a.md');
    end();
    expect(volume.read('/a.md')).toBe('a whole text');
    expect(kept()).toEqual([]);
  });

  test('is no memory, if it was a new file', () => {
    write('/a.md', 'half');
    expect(volume.exists('/a.md')).toBe(false);
    expect(volume.journal()).toEqual([]);
    expect(kept()).toEqual(['half']);
    volume.store.resolveConflict('/a.md', 1, { take: 'mine' }, { agent: 'ada', session: 'sesn_ada' });
    expect(volume.read('/a.md')).toBe('half');
  });

  const append = (text: string): void => {
    volume.write('/a.md', 'one\n');
    const ino = volume.ino('/a.md');
    const { handle } = volume.fs.open(volume.context(), ino, 0o2001, false) as { handle: number };
    const options = { ...plain, flags: 0o2001 };
    volume.fs.write(volume.context(), ino, handle, 0, Buffer.from(text), options);
    end();
  };

  test('is committed where it was appended and ends with a line', () => {
    append('two\n');
    expect(volume.read('/a.md')).toBe('one\ntwo\n');
    expect(kept()).toEqual([]);
  });

  test('is no version where it was appended and the line is not whole', () => {
    append('two\nthr');
    expect(volume.read('/a.md')).toBe('one\n');
    expect(kept()).toEqual(['one\ntwo\nthr']);
  });
});

test('a damaged store is opened, with whatever was left open in it', () => {
  const handle = volume.openForWriting('/a.md');
  volume.fs.write(volume.context(), handle.ino, handle.handle, 0, Buffer.from('unflushed'), plain);
  volume.store.setDamaged('as a test says');
  volume.crash();
  expect(volume.store.damaged).toBe('as a test says');
  volume.store.retainConnections(new Set());
  expect(() => volume.mkdir('/d')).toThrow(/damaged/);
  volume.store.setDamaged(null);
  volume.mkdir('/d');
});

test('a store can be verified while it is written to', () => {
  volume.write('/a.md', 'one');
  const during = verifyStore(volume.path, {});
  let writes = 0;
  for (let i = 0; i < 1200; i++) volume.write(`/n${i}.md`, String(i));
  volume.reopen();
  const report = verifyStore(volume.path, {
    onProgress: () => {
      volume.write(`/late-${writes++}.md`, 'x');
      volume.unlink('/n1.md'.replace('1', String(writes)));
      volume.store.statistics();
    },
  });
  expect(writes).toBeGreaterThan(0);
  expect([during.ok, report.ok, report.firstBad]).toEqual([true, true, null]);
});
