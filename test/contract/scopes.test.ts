import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ErrorCode, MemfsError } from '../../src/core/errors.js';
import { parseScopeRule, type Scope } from '../../src/core/scope.js';
import type { DirectorySink, FileSystem, KernelNotifier } from '../../src/vfs/filesystem.js';
import { actor, Volume } from './support/volume.js';

/** An unrestricted mount (`volume.fs`) and a restricted one of the same store. */
let volume: Volume;
let scoped: FileSystem;
let dropped: number[];

const notifier: KernelNotifier = {
  hasExpiry: true,
  invalidateAttributes() {},
  invalidatePages: (ino) => {
    dropped.push(ino);
    return Promise.resolve();
  },
  expireName: () => Promise.resolve(),
};

function restrict(rules: string, mode: Scope['mode'] = 'read_write'): FileSystem {
  const scope: Scope = { mode, rules: rules === '' ? [] : rules.split(' ').map(parseScopeRule) };
  return volume.attach(2, notifier, actor, scope);
}

beforeEach(() => {
  dropped = [];
  volume = new Volume();
  volume.mkdir('/work');
  volume.mkdir('/work/sub');
  volume.mkdir('/secret');
  volume.write('/work/a.md', 'a');
  volume.write('/work/sub/b.md', 'b');
  volume.write('/secret/s.md', 's');
  volume.write('/notes.md', 'n');
});
afterEach(() => {
  expect(volume.verify()).toMatchObject({ ok: true });
  volume.destroy();
});

const nameOf = (path: string): Buffer => Buffer.from(path.slice(path.lastIndexOf('/') + 1));
const parentOf = (path: string): number => volume.ino(path.slice(0, path.lastIndexOf('/')));
const context = () => volume.context();

const isThere = (path: string): boolean =>
  scoped.lookup(context(), parentOf(path), nameOf(path)).attr !== null;

function list(path: string, plus = false): string[] {
  const names: string[] = [];
  const sink: DirectorySink = { add: (name) => names.push(name.toString()) > 0 };
  scoped.readdir(context(), volume.ino(path), 0, 0, plus, sink);
  return names.filter((name) => name !== '.' && name !== '..').sort();
}

const rename = (from: string, to: string, flags = 0): unknown =>
  scoped.rename(context(), parentOf(from), nameOf(from), parentOf(to), nameOf(to), flags);

const link = (path: string, to: string) => scoped.link(context(), volume.ino(path), parentOf(to), nameOf(to));

const read = (ino: number): string =>
  Buffer.concat(scoped.read(context(), ino, 0, 0, 1 << 20) as Uint8Array[]).toString();

const write = (ino: number, handle: number): unknown =>
  scoped.write(context(), ino, handle, 0, Buffer.from('x'), {
    flags: 1,
    fromCache: false,
    killPrivileges: false,
  });

const open = (path: string, flags: number): number =>
  (scoped.open(context(), volume.ino(path), flags, false) as { handle: number }).handle;

function expectCode(call: () => unknown, code: ErrorCode): void {
  try {
    call();
  } catch (error) {
    expect((error as MemfsError).code).toBe(code);
    return;
  }
  expect.fail(`did not throw ${code}`);
}

/** Every call that changes something, at a path. */
const mutations: Readonly<Record<string, (path: string) => unknown>> = {
  chmod: (path) => scoped.setattr(context(), volume.ino(path), { mode: 0o600 }),
  chown: (path) => scoped.setattr(context(), volume.ino(path), { uid: 7 }),
  utimens: (path) => scoped.setattr(context(), volume.ino(path), { mtime: 'now' }),
  truncate: (path) => scoped.setattr(context(), volume.ino(path), { size: 0 }),
  'open to write': (path) => open(path, 1),
  'open to read and cut': (path) => open(path, 0o1000),
  'write through a guessed handle': (path) => write(volume.ino(path), 1),
  allocate: (path) => scoped.fallocate(context(), volume.ino(path), 1, 0, 10, 0),
  copy: (path) => {
    const ino = volume.ino(path);
    return scoped.copyFileRange(context(), { ino, handle: 0, offset: 0 }, { ino, handle: 1, offset: 9 }, 1);
  },
  setxattr: (path) => scoped.setxattr(context(), volume.ino(path), 'user.x', Buffer.from('1'), 0, false),
  removexattr: (path) => scoped.removexattr(context(), volume.ino(path), 'user.x'),
  unlink: (path) => scoped.unlink(context(), parentOf(path), nameOf(path)),
  'rename away': (path) => rename(path, '/work/elsewhere'),
  'rename over': (path) => rename('/work/a.md', path),
  exchange: (path) => rename('/work/a.md', path, 2),
};

const creations: Readonly<Record<string, (parent: number, name: Buffer) => unknown>> = {
  create: (parent, name) => scoped.create(context(), parent, name, 0o644, 1),
  mkdir: (parent, name) => scoped.mkdir(context(), parent, name, 0o755),
  mknod: (parent, name) => scoped.mknod(context(), parent, name, 0o100644, 0),
  symlink: (parent, name) => scoped.symlink(context(), parent, name, Buffer.from('x')),
  link: (parent, name) => scoped.link(context(), volume.ino('/work/a.md'), parent, name),
  rename: (parent, name) =>
    scoped.rename(context(), volume.ino('/work'), Buffer.from('a.md'), parent, name, 0),
};

describe('a read-only mount', () => {
  beforeEach(() => {
    scoped = restrict('', 'read_only');
  });

  test.each(Object.keys(mutations))('%s is refused', (name) => {
    const before = volume.journal();
    expectCode(() => mutations[name]!('/work/sub/b.md'), 'read_only');
    expect(volume.journal()).toEqual(before);
  });

  test.each(Object.keys(creations))('%s of a new name is refused', (name) => {
    expectCode(() => creations[name]!(1, Buffer.from('new')), 'read_only');
    expectCode(() => scoped.tmpfile(context(), 1, 0o644, 2), 'read_only');
  });

  test('reads, locks and syncs', async () => {
    expect([isThere('/secret/s.md'), list('/')]).toEqual([true, ['notes.md', 'secret', 'work']]);
    const ino = volume.ino('/notes.md');
    const handle = open('/notes.md', 0);
    expect(read(ino)).toBe('n');
    const lock = { kind: 'flock', owner: 9n, type: 'write', start: 0n, end: 9n, pid: 1 } as const;
    await scoped.setlk(context(), ino, handle, lock, false);
    await scoped.fsync(context(), ino, handle, false);
    await scoped.flush(context(), ino, handle, 9n);
  });

  test('its fsync does not commit what another mount is writing', async () => {
    const handle = volume.openForWriting('/new.md');
    const before = volume.journal();
    await scoped.fsync(context(), handle.ino, 0, false);
    expect(volume.journal()).toEqual(before);
    volume.close(handle);
  });
});

describe('a mount of one directory', () => {
  beforeEach(() => {
    scoped = restrict('work/**=rw');
  });

  test('shows the way to what is granted, and nothing beside it', () => {
    expect([list('/'), list('/', true)]).toEqual([['work'], ['work']]);
    expect(list('/work')).toEqual(['a.md', 'sub']);
    expect([isThere('/work'), isThere('/secret'), isThere('/notes.md')]).toEqual([true, false, false]);
    expect(isThere('/nothing')).toBe(false);
  });

  test.each(Object.keys(mutations))('%s of what is hidden is refused', (name) => {
    const before = volume.journal();
    const isNewName = name === 'rename over' || name === 'exchange';
    expectCode(() => mutations[name]!('/secret/s.md'), isNewName ? 'access_denied' : 'not_found');
    expect(volume.journal()).toEqual(before);
  });

  test.each(Object.keys(creations))('%s at a hidden name tells nothing of what is there', (name) => {
    for (const taken of ['s.md', 'free'])
      expectCode(() => creations[name]!(volume.ino('/secret'), Buffer.from(taken)), 'access_denied');
    for (const taken of ['notes.md', 'secret', 'free'])
      expectCode(() => creations[name]!(1, Buffer.from(taken)), 'access_denied');
  });

  test('node ids that it was never given give nothing', () => {
    const ino = volume.ino('/secret/s.md');
    expectCode(() => scoped.getattr(context(), ino, null), 'not_found');
    expectCode(() => read(ino), 'not_found');
    expectCode(() => scoped.open(context(), ino, 0, false), 'not_found');
    expectCode(() => scoped.getxattr(context(), ino, 'user.memfs.sha256'), 'not_found');
    expectCode(() => scoped.listxattr(context(), ino), 'not_found');
    expectCode(() => scoped.lseek(context(), ino, 0, 0, 3), 'not_found');
    expectCode(() => scoped.link(context(), ino, volume.ino('/work'), Buffer.from('s')), 'not_found');
    expectCode(() => scoped.opendir(context(), volume.ino('/secret'), 0), 'not_found');
    expectCode(() => list('/secret'), 'not_found');
    expectCode(() => scoped.lookup(context(), volume.ino('/secret'), Buffer.from('s.md')), 'not_found');
  });

  test('the directories on the way may be passed, not changed, and do not tell how many others there are', () => {
    expect(scoped.getattr(context(), 1, null).attr.nlink).toBe(1);
    expect(scoped.getattr(context(), volume.ino('/work'), null).attr.nlink).toBe(3);
    expectCode(() => scoped.setattr(context(), 1, { mode: 0o777 }), 'access_denied');
    expect(restrict('work=rw').setattr(context(), volume.ino('/work'), { mode: 0o700 })).toMatchObject({
      attr: { nlink: 1 },
    });
    expectCode(() => scoped.setxattr(context(), 1, 'user.x', Buffer.from('1'), 0, false), 'access_denied');
    expectCode(() => scoped.getxattr(context(), 1, 'user.x'), 'no_such_attribute');
    expectCode(() => scoped.tmpfile(context(), 1, 0o644, 2), 'access_denied');
  });

  test('an unlinked file keeps its rights, an unnamed one has those of its directory', () => {
    const handle = open('/work/a.md', 2);
    const ino = volume.ino('/work/a.md');
    scoped.lookup(context(), volume.ino('/work'), Buffer.from('a.md'));
    scoped.unlink(context(), volume.ino('/work'), Buffer.from('a.md'));
    write(ino, handle);
    expect(read(ino)).toBe('x');
    const unnamed = scoped.tmpfile(context(), volume.ino('/work'), 0o600, 2);
    write(unnamed.entry.attr.ino, unnamed.handle);
    scoped.link(context(), unnamed.entry.attr.ino, volume.ino('/work'), Buffer.from('t.md'));
    expect(volume.read('/work/t.md')).toBe('x');
  });

  test('a file that another mount hides is taken away from handles and caches', () => {
    const handle = open('/work/a.md', 2);
    const ino = volume.ino('/work/a.md');
    volume.rename('/work/a.md', '/secret/a.md');
    expect(dropped).toEqual([ino]);
    expectCode(() => read(ino), 'not_found');
    expectCode(() => write(ino, handle), 'not_found');
    volume.append('/secret/a.md', 'b');
    volume.unlink('/secret/a.md');
    expectCode(() => read(ino), 'not_found');
  });

  test('a directory that another mount hides takes along what lies below', () => {
    const ino = volume.ino('/work/sub/b.md');
    expect([isThere('/work/sub'), isThere('/work/sub/b.md')]).toEqual([true, true]);
    volume.rename('/work/sub', '/secret/sub');
    expect(dropped).toEqual([ino]);
    expectCode(() => read(ino), 'not_found');
    volume.rename('/secret/sub', '/work/sub');
    expect(read(ino)).toBe('b');
  });

  test('several names: the least of what they grant', () => {
    const ino = volume.ino('/work/a.md');
    expect(read(ino)).toBe('a');
    volume.link('/work/a.md', '/secret/a.md');
    expect([isThere('/work/a.md'), list('/work')]).toEqual([false, ['sub']]);
    expectCode(() => read(ino), 'not_found');
    expectCode(
      () => scoped.create(context(), volume.ino('/work'), Buffer.from('a.md'), 0o644, 1),
      'access_denied',
    );
    expectCode(() => scoped.rmdir(context(), 1, Buffer.from('work')), 'not_empty');
    volume.unlink('/secret/a.md');
    expect(read(ino)).toBe('a');
  });

  test('a listing goes on where it stopped, past what is hidden', () => {
    for (let i = 0; i < 300; i++) volume.write(`/hidden-${i}`, '');
    volume.mkdir('/work2');
    scoped = restrict('work/**=rw work2/**=rw');
    const names: string[] = [];
    for (let offset = 0, full = true; full; ) {
      full = false;
      scoped.readdir(context(), 1, 0, offset, true, {
        add: (name, _ino, _mode, next) => {
          if (full) return false;
          names.push(name.toString());
          offset = next;
          full = true;
          return true;
        },
      });
    }
    expect(names).toEqual(['.', '..', 'work', 'work2']);
  });

  test('READDIRPLUS does not hold what it leaves out', () => {
    volume.write('/x.tmp', 'x');
    const ino = volume.ino('/x.tmp');
    list('/', true);
    volume.unlink('/x.tmp');
    volume.fs.forget(ino, 1000);
    expect(() => volume.fs.getattr(context(), ino, null)).toThrow(/no inode/);
  });
});

describe('rules that differ within the tree', () => {
  test('what is granted for reading only is not changed', () => {
    scoped = restrict('work/**=rw **=ro');
    expect(list('/')).toEqual(['notes.md', 'secret', 'work']);
    for (const name of Object.keys(mutations))
      expectCode(() => mutations[name]!('/secret/s.md'), 'read_only');
    for (const name of Object.keys(creations))
      expectCode(() => creations[name]!(volume.ino('/secret'), Buffer.from('free')), 'read_only');
    expectCode(() => link('/secret/s.md', '/work/s.md'), 'crosses_scope');
    expectCode(() => rename('/secret/s.md', '/work/s.md'), 'read_only');
    rename('/work/a.md', '/work/sub/a.md');
    expect(volume.read('/work/sub/a.md')).toBe('a');
  });

  test('a directory does not move where it would be another thing to the mount', () => {
    scoped = restrict('work/sub/*.md=ro work/**=rw secret/**=rw');
    expectCode(() => rename('/work/sub', '/work/other'), 'crosses_scope');
    expectCode(() => rename('/work/sub', '/secret/sub'), 'crosses_scope');
    scoped = restrict('work/**=rw secret/**=rw **=ro');
    rename('/work/sub', '/secret/sub');
    expect(volume.read('/secret/sub/b.md')).toBe('b');
  });

  test('a directory with hidden contents is neither removed nor moved', () => {
    scoped = restrict('work/sub=rw work/sub2=rw work/sub/*.txt=rw work/sub2/*.txt=rw');
    expect([list('/work'), list('/work/sub')]).toEqual([['sub'], []]);
    expectCode(() => scoped.rmdir(context(), volume.ino('/work'), Buffer.from('sub')), 'access_denied');
    expectCode(() => rename('/work/sub', '/work/sub2'), 'access_denied');
    volume.mkdir('/work/sub2');
    expectCode(() => rename('/work/sub2', '/work/sub'), 'access_denied');
    expectCode(() => rename('/work/sub2', '/work/sub', 2), 'access_denied');
    volume.unlink('/work/sub/b.md');
    rename('/work/sub2', '/work/sub');
    scoped.rmdir(context(), volume.ino('/work'), Buffer.from('sub'));
    expect(volume.list('/work')).toEqual(['a.md']);
  });

  test('names in other writing are other names', () => {
    scoped = restrict('é/**=rw');
    expectCode(() => scoped.mkdir(context(), 1, Buffer.from('É'), 0o755), 'access_denied');
    expectCode(() => scoped.mkdir(context(), 1, Buffer.from('é'.normalize('NFD')), 0o755), 'access_denied');
    expectCode(() => scoped.mkdir(context(), 1, Buffer.from([0xe9]), 0o755), 'access_denied');
    scoped.mkdir(context(), 1, Buffer.from('é'), 0o755);
    expect(list('/')).toEqual(['é']);
  });

  test('read only takes the right to write away, whatever the rules say', () => {
    scoped = restrict('work/**=rw', 'read_only');
    expect(list('/')).toEqual(['work']);
    expectCode(() => open('/work/a.md', 1), 'read_only');
    expectCode(() => scoped.mkdir(context(), 1, Buffer.from('x'), 0o755), 'access_denied');
  });
});

test('what was open when an engine died keeps its rights, a number that was guessed has none', () => {
  scoped = restrict('work/**=rw');
  volume.write('/work/r.tmp', 'read');
  volume.write('/work/w.tmp', 'old');
  const [reader, writer] = [volume.ino('/work/r.tmp'), volume.ino('/work/w.tmp')];
  const handle = open('/work/w.tmp', 2);
  volume.unlink('/work/r.tmp');
  volume.unlink('/work/w.tmp');
  volume.crash();
  volume.store.retainConnections(new Set([1, 2]));
  scoped = restrict('work/**=rw');
  expect(read(reader)).toBe('read');
  expectCode(() => write(reader, 99), 'read_only');
  write(writer, handle);
  expect(read(writer)).toBe('xld');
  expectCode(() => scoped.getattr(context(), 4711, null), 'gone');
});

test('a request that was carried out before is answered again', () => {
  scoped = restrict('work/**=rw');
  const request = { ...volume.context(), connection: 2 };
  scoped.rename(
    request,
    volume.ino('/work'),
    Buffer.from('a.md'),
    volume.ino('/work'),
    Buffer.from('z.md'),
    0,
  );
  volume.crash();
  scoped = restrict('work/**=rw');
  const again = { ...request, resent: true };
  scoped.rename(again, volume.ino('/work'), Buffer.from('a.md'), volume.ino('/work'), Buffer.from('z.md'), 0);
  expect(volume.journal().filter((line) => line.startsWith('renamed'))).toEqual(['renamed /work/z.md']);
});
