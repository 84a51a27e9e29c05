import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyStore } from '../../src/journal/verify.js';
import type { FileSystem } from '../../src/vfs/filesystem.js';
import { openStore } from '../../src/vfs/store/open-store.js';
import type { Store, StoreView } from '../../src/vfs/store.js';
import { actor, options, silent, Volume } from './support/volume.js';

const dreamer = { agent: 'dream', session: 'sesn_dream' };

let volume: Volume;
beforeEach(() => {
  volume = new Volume();
  volume.mkdir('/d');
  volume.write('/a.md', 'one\n');
  volume.write('/d/b.md', 'two\n');
});
afterEach(() => volume.destroy());

const text = (view: StoreView, path: string, version?: string | number): string =>
  Buffer.concat([...view.show(path, version).chunks]).toString();

const tree = (view: StoreView, at?: number): Record<string, string> =>
  Object.fromEntries(
    [...view.exportEntries(at)].map(({ path, kind, chunks, target }) => [
      path.toString(),
      kind === 'directory' ? '/' : Buffer.concat([...(chunks ?? [target!])]).toString(),
    ]),
  );

const journal = (view: StoreView, path?: string): string[] =>
  [...view.log(path === undefined ? {} : { path })].map(
    ({ branch, operation, path: at }) => `${branch} ${operation} ${at}`,
  );

const mount = (store: Store, branch: string, connection: number): FileSystem =>
  store.attach(
    {
      connection,
      actor: dreamer,
      scope: { mode: 'read_write', rules: [] },
      branch,
      precondition: 'observed',
      onConflict: 'refuse',
    },
    silent,
  );

describe('a branch', () => {
  test('begins as what main is, and each goes its own way', () => {
    const { store } = volume;
    const { fork_seq: fork } = store.createBranch('dream-1', dreamer);
    const branch = store.branch('dream-1');
    expect(tree(branch)).toEqual({ '/a.md': 'one\n', '/d': '/', '/d/b.md': 'two\n' });
    branch.write('/a.md', Buffer.from('dreamt\n'), dreamer);
    branch.write('/new/c.md', Buffer.from('three\n'), dreamer);
    branch.remove('/d/b.md', dreamer);
    expect(tree(store)).toEqual({ '/a.md': 'one\n', '/d': '/', '/d/b.md': 'two\n' });
    volume.write('/a.md', 'one and more\n');
    volume.write('/main.md', 'only here\n');
    expect(tree(branch)).toEqual({ '/a.md': 'dreamt\n', '/d': '/', '/new': '/', '/new/c.md': 'three\n' });
    expect(tree(branch, fork!)).toEqual({ '/a.md': 'one\n', '/d': '/', '/d/b.md': 'two\n' });
    expect([...branch.diff(fork!, undefined)].map(({ change, path }) => `${change} ${path}`)).toEqual([
      'changed /a.md',
      'removed /d/b.md',
      'added /new/c.md',
    ]);
    const shown = tree(branch);
    expect(volume.verify()).toMatchObject({ ok: true });
    expect(tree(volume.store.branch('dream-1'))).toEqual(shown);
  });

  test('keeps identities, and tells its own history behind that of main', () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    const branch = store.branch('dream-1');
    const before = store.show('/a.md').record;
    const after = branch.write('/a.md', Buffer.from('dreamt\n'), dreamer);
    expect(after).toMatchObject({
      memory: before.memory,
      previous_sha256: before.sha256,
      branch: 'dream-1',
      operation: 'modified',
    });
    volume.write('/a.md', 'of main\n');
    expect(journal(branch, '/a.md')).toEqual(['main created /a.md', 'dream-1 modified /a.md']);
    expect(journal(store, '/a.md')).toEqual(['main created /a.md', 'main modified /a.md']);
    expect(journal(store).filter((line) => line.startsWith('dream-1'))).toEqual(['dream-1 branched /']);
    expect(text(store, '/a.md', after.seq)).toBe('one\n');
    expect(() => store.show('/a.md', after.version!)).toThrow(/not a version/);
    expect(text(branch, '/a.md', before.version!)).toBe('one\n');
  });

  test('blames lines on who wrote them on it, or on main before', async () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    const branch = store.branch('dream-1');
    branch.write('/a.md', Buffer.from('one\ndreamt\n'), dreamer);
    volume.write('/a.md', 'one\nmain\n');
    const whose = async (view: StoreView): Promise<string[]> =>
      (await view.blame('/a.md')).map(({ agent, text: line }) => `${agent}: ${line}`);
    expect(await whose(branch)).toEqual(['tester: one', 'dream: dreamt']);
    expect(await whose(store)).toEqual(['tester: one', 'tester: main']);
  });

  test('moves and removes files, with preconditions', () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    const branch = store.branch('dream-1');
    const { memory, sha256 } = branch.show('/a.md').record;
    const moved = branch.move('/a.md', '/x/y/a.md', dreamer);
    expect(moved).toMatchObject({ operation: 'renamed', path: '/x/y/a.md', previous_path: '/a.md', memory });
    expect(() => branch.move('/x/y/a.md', '/d/b.md', dreamer)).toThrow(/taken/);
    expect(() => branch.move('/d', '/e', dreamer)).toThrow(/directory/);
    expect(() => branch.remove('/x/y/a.md', dreamer, 'f'.repeat(64))).toThrow(/has changed/);
    expect(branch.remove('/x/y/a.md', dreamer, sha256!)).toMatchObject({ operation: 'deleted', memory });
    expect(() => branch.remove('/x/y/a.md', dreamer)).toThrow(/no \/x\/y\/a.md/);
    expect(text(store, '/a.md')).toBe('one\n');
    expect(volume.verify()).toMatchObject({ ok: true });
  });

  test('shows and changes no more than a scope grants', () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    const rules = [{ pattern: 'd/**', access: 'rw' as const }];
    const view = store.branch('dream-1', { mode: 'read_write', rules });
    expect(Object.keys(tree(view))).toEqual(['/d', '/d/b.md']);
    expect(() => view.remove('/a.md', dreamer)).toThrow(expect.objectContaining({ code: 'access_denied' }));
    expect(() => view.move('/d/b.md', '/b.md', dreamer)).toThrow(
      expect.objectContaining({ code: 'access_denied' }),
    );
    view.move('/d/b.md', '/d/c.md', dreamer);
    expect(Object.keys(tree(view))).toEqual(['/d', '/d/c.md']);
  });

  test('has a name of its own', () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    expect(() => store.createBranch('dream-1', dreamer)).toThrow(/there is a branch/);
    expect(() => store.createBranch('main', dreamer)).toThrow(/there is a branch/);
    expect(() => store.createBranch('../x', dreamer)).toThrow(/no name/);
    expect(() => store.branch('dream-2')).toThrow(/no branch/);
    expect(store.branches().map(({ name }) => name)).toEqual(['main', 'dream-1']);
  });

  test('leaves what is unversioned behind', () => {
    volume.mkdir('/node_modules');
    volume.write('/node_modules/x.js', 'x');
    volume.write('/draft.tmp', 'half');
    volume.link('/a.md', '/a.md~');
    volume.store.createBranch('dream-1', dreamer);
    const fs = mount(volume.store, 'dream-1', 2);
    volume.through(fs, () => {
      expect(volume.list('/').sort()).toEqual(['a.md', 'd']);
      expect(volume.fs.getattr(volume.context(), volume.ino('/a.md'), null)).toMatchObject({
        attr: { nlink: 1 },
      });
      expect(volume.fs.getattr(volume.context(), 1, null)).toMatchObject({ attr: { nlink: 3 } });
    });
  });
});

describe('what a branch has changed', () => {
  const changes = (view: StoreView, from: number, path?: string): string[] =>
    [...view.diff(from, undefined, path)].map(({ change, path: at }) => `${change} ${at}`);

  /** The same, file by file out of two whole trees. */
  function expected(view: StoreView, fork: number): string[] {
    const filesOf = (at?: number): Map<string, string> =>
      new Map(Object.entries(tree(view, at)).filter(([, content]) => content !== '/'));
    const [before, after] = [filesOf(fork), filesOf()];
    return [...new Set([...before.keys(), ...after.keys()])]
      .filter((path) => before.get(path) !== after.get(path))
      .map((path) => `${before.has(path) ? (after.has(path) ? 'changed' : 'removed') : 'added'} ${path}`)
      .sort();
  }

  test.each<[string, (branch: StoreView) => void]>([
    ['nothing', () => {}],
    [
      'what was changed back',
      (branch) => {
        branch.write('/a.md', Buffer.from('x'), dreamer);
        branch.write('/a.md', Buffer.from('one\n'), dreamer);
        branch.write('/x.md', Buffer.from('x'), dreamer);
        branch.remove('/x.md', dreamer);
      },
    ],
    [
      'moves',
      (branch) => {
        branch.move('/a.md', '/d/a.md', dreamer);
        branch.move('/d/b.md', '/b.md', dreamer);
        branch.move('/b.md', '/d.md', dreamer);
      },
    ],
    [
      'a file and a directory that change places',
      () => {
        volume.through(mount(volume.store, 'dream-1', 2), () => volume.rename('/a.md', '/d', 2));
      },
    ],
    [
      'a directory that moves',
      () => {
        volume.through(mount(volume.store, 'dream-1', 2), () => volume.rename('/d', '/e'));
      },
    ],
    [
      'a directory that becomes unversioned',
      () => {
        volume.through(mount(volume.store, 'dream-1', 2), () => volume.rename('/d', '/node_modules'));
      },
    ],
    [
      'a directory that is removed, empty',
      (branch) => {
        branch.remove('/d/b.md', dreamer);
        volume.through(mount(volume.store, 'dream-1', 2), () =>
          volume.fs.rmdir(volume.context(), 1, Buffer.from('d')),
        );
      },
    ],
    [
      'one file over another, and a link',
      () => {
        volume.through(mount(volume.store, 'dream-1', 2), () => {
          volume.rename('/d/b.md', '/a.md');
          volume.link('/a.md', '/d/link.md');
        });
      },
    ],
  ])('is found: %s', (_, change) => {
    const { fork_seq: fork } = volume.store.createBranch('dream-1', dreamer);
    const branch = volume.store.branch('dream-1');
    change(branch);
    volume.write('/a.md', 'main goes on\n');
    expect(changes(branch, fork!).sort()).toEqual(expected(branch, fork!));
  });

  test('is told in the order of the tree', () => {
    const { fork_seq: fork } = volume.store.createBranch('dream-1', dreamer);
    const branch = volume.store.branch('dream-1');
    for (const path of ['/z.md', '/d.md', '/d/c.md', '/d-x.md', '/d/e/f.md', '/a.md'])
      branch.write(path, Buffer.from('new'), dreamer);
    // A path asks for the trees; what is asked for as a whole, for the records.
    const walked = ['/a.md', '/d', '/d-x.md', '/d.md', '/z.md'].flatMap((path) =>
      changes(branch, fork!, path),
    );
    expect(changes(branch, fork!)).toEqual(walked);
  });
});

describe('a mount of a branch', () => {
  test('stands beside one of main: same numbers, other contents', () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    const fs = mount(store, 'dream-1', 2);
    const ino = volume.ino('/a.md');
    volume.through(fs, () => {
      expect(volume.ino('/a.md')).toBe(ino);
      volume.write('/a.md', 'dreamt\n');
      volume.write('/sub.md', 'sub\n');
      volume.rename('/sub.md', '/d/b.md');
    });
    expect(volume.read('/a.md')).toBe('one\n');
    expect(volume.read('/d/b.md')).toBe('two\n');
    volume.through(fs, () => {
      expect(volume.read('/a.md')).toBe('dreamt\n');
      expect(volume.read('/d/b.md')).toBe('sub\n');
      expect(volume.read('/.memfs/status.json')).toContain('"branch": "dream-1"');
    });
    expect(volume.verify()).toMatchObject({ ok: true });
  });

  test('tells only mounts of its branch what changed', () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    const told: string[] = [];
    const notifier = (name: string) => ({
      ...silent,
      invalidateAttributes: () => void told.push(name),
      invalidatePages: () => {
        told.push(name);
        return Promise.resolve();
      },
    });
    const attach = (name: string, branch: string, connection: number): FileSystem =>
      volume.attach(connection, notifier(name), actor, { mode: 'read_write', rules: [] }, branch);
    const mains = [attach('main 1', 'main', 11), attach('main 2', 'main', 12)];
    const branches = [attach('branch 1', 'dream-1', 21), attach('branch 2', 'dream-1', 22)];
    for (const fs of [...mains, ...branches]) volume.through(fs, () => volume.read('/a.md'));
    told.length = 0;
    volume.through(branches[0]!, () => volume.write('/a.md', 'dreamt\n'));
    expect(new Set(told)).toEqual(new Set(['branch 2']));
    told.length = 0;
    volume.through(mains[0]!, () => volume.write('/a.md', 'of main\n'));
    expect(new Set(told)).toEqual(new Set(['main 2']));
  });

  test('measures writes against what its session read there', () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    const fs = mount(store, 'dream-1', 2);
    const other = { agent: 'reviewer', session: 'sesn_reviewer' };
    volume.through(fs, () => {
      const ino = volume.ino('/a.md');
      volume.fs.open(volume.context(), ino, 0, false);
    });
    volume.write('/a.md', 'main moves on\n');
    volume.through(fs, () => volume.write('/a.md', 'mine\n'));
    store.branch('dream-1').write('/a.md', Buffer.from('reviewed\n'), other);
    volume.through(fs, () => expect(() => volume.write('/a.md', 'over it\n')).toThrow(/another session/));
    expect(store.branch('dream-1').conflicts({})).toHaveLength(1);
    expect(store.conflicts({})).toEqual([]);
  });

  test('takes no version of main for a change by another session', () => {
    volume.store.createBranch('dream-1', dreamer);
    const fs = mount(volume.store, 'dream-1', 2);
    volume.through(fs, () => {
      volume.fs.open(volume.context(), volume.ino('/a.md'), 0, false);
      volume.rename('/a.md', '/c.md');
      volume.write('/c.md', 'mine\n');
    });
    volume.write('/a.md', 'of main, the same memory\n');
    volume.through(fs, () => {
      volume.write('/c.md', 'mine again\n');
      expect(volume.read('/c.md')).toBe('mine again\n');
    });
  });

  test('keeps locks apart from those of main', () => {
    volume.store.createBranch('dream-1', dreamer);
    const fs = mount(volume.store, 'dream-1', 2);
    const ino = volume.ino('/a.md');
    const lock = { kind: 'flock', type: 'write', start: 0n, end: 1n, pid: 1 } as const;
    volume.fs.setlk(volume.context(), ino, 1, { ...lock, owner: 1n }, false);
    expect(fs.getlk(volume.context(), ino, 2, { ...lock, owner: 2n })).toBeNull();
    expect(volume.fs.getlk(volume.context(), ino, 3, { ...lock, owner: 3n })).not.toBeNull();
  });

  test('has a journal, a past and a blame of its own', () => {
    const { store } = volume;
    volume.write('/dead.md', 'dead\n');
    volume.unlink('/dead.md');
    store.createBranch('dream-1', dreamer);
    const fs = mount(store, 'dream-1', 2);
    volume.write('/a.md', 'of main\n');
    volume.through(fs, () => volume.write('/a.md', 'dreamt\n'));
    const lines = (path: string): string[] =>
      volume
        .read(path)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { branch: string; operation: string; path: string })
        .map(({ branch, operation, path: at }) => `${branch} ${operation} ${at}`);
    expect(lines('/.memfs/log.jsonl')).toEqual(journal(store));
    expect(volume.list('/.memfs/history/a.md')).toEqual([
      '000000002-created-tester',
      '000000007-modified-tester',
    ]);
    volume.through(fs, () => {
      expect(lines('/.memfs/log.jsonl')).toEqual(journal(store.branch('dream-1')));
      expect(volume.list('/.memfs/history/a.md')).toEqual([
        '000000002-created-tester',
        '000000008-modified-dream',
      ]);
      expect(volume.list('/.memfs/history').sort()).toEqual(['a.md', 'd', 'dead.md']);
      expect(volume.read('/.memfs/at/5/a.md')).toBe('one\n');
      expect(volume.read('/.memfs/at/4/dead.md')).toBe('dead\n');
      expect(volume.read('/.memfs/at/8/a.md')).toBe('dreamt\n');
    });
  });
});

describe('dropping a branch', () => {
  test('takes what it shows and keeps what it did', () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    const branch = store.branch('dream-1');
    branch.write('/a.md', Buffer.from('dreamt\n'), dreamer);
    store.dropBranch('dream-1', actor);
    expect(() => branch.write('/a.md', Buffer.from('more\n'), dreamer)).toThrow();
    expect(() => store.branch('dream-1')).toThrow(/no branch/);
    expect(journal(store).slice(-2)).toEqual(['dream-1 branched /', 'dream-1 dropped /']);
    expect(volume.verify()).toMatchObject({ ok: true });
    volume.store.createBranch('dream-1', dreamer);
    expect(tree(volume.store.branch('dream-1'))).toEqual(tree(volume.store));
    expect(volume.verify()).toMatchObject({ ok: true });
  });

  test('is refused while it is mounted, and for main', () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    const fs = mount(store, 'dream-1', 2);
    expect(() => store.dropBranch('dream-1', actor)).toThrow(/is mounted/);
    fs.destroy?.();
    const scope = { mode: 'read_only', rules: [] } as const;
    const rules = { precondition: 'observed', onConflict: 'refuse' } as const;
    const view = { connection: 3, actor: dreamer, scope, branch: 'dream-1', at: 1, ...rules };
    const past = store.attach(view, silent);
    expect(() => store.dropBranch('dream-1', actor)).toThrow(/is mounted/);
    past.destroy?.();
    store.dropBranch('dream-1', actor);
    expect(() => store.dropBranch('main', actor)).toThrow();
  });
});

describe('a killed engine', () => {
  test('leaves both branches as they were, out of the spool', () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    const fs = mount(store, 'dream-1', 2);
    volume.write('/a.md', 'main 1\n');
    const open = volume.through(fs, () => {
      volume.write('/a.md', 'dream 1\n');
      const handle = volume.openForWriting('/half.md');
      volume.fs.write(volume.context(), handle.ino, handle.handle, 0, Buffer.from('half'), plain);
      return handle;
    });
    volume.write('/b.md', 'main 2\n');
    store.createBranch('dream-2', dreamer);
    store.branch('dream-2').write('/only.md', Buffer.from('only\n'), dreamer);
    volume.crash();
    const again = mount(volume.store, 'dream-1', 2);
    volume.through(again, () => {
      expect(volume.read('/a.md')).toBe('dream 1\n');
      expect(volume.exists('/b.md')).toBe(false);
      volume.fs.write(volume.context(), open.ino, open.handle, 4, Buffer.from(' done'), plain);
      volume.close(open);
      expect(volume.read('/half.md')).toBe('half done');
    });
    expect(volume.exists('/half.md')).toBe(false);
    expect(volume.read('/b.md')).toBe('main 2\n');
    expect(Object.keys(tree(volume.store.branch('dream-2')))).toEqual([
      '/a.md',
      '/b.md',
      '/d',
      '/d/b.md',
      '/only.md',
    ]);
    volume.store.dropBranch('dream-2', actor);
    volume.crash();
    expect(volume.store.branches().map(({ name }) => name)).toEqual(['main', 'dream-1']);
    expect(volume.verify()).toMatchObject({ ok: true });
  });

  test('finds handles, working states and locks of a branch after a group commit too', async () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    const fs = mount(store, 'dream-1', 2);
    const ino = volume.ino('/a.md');
    const lock = { kind: 'flock', type: 'write', start: 0n, end: 1n, pid: 1 } as const;
    const open = volume.through(fs, () => {
      const handle = volume.openForWriting('/a.md');
      volume.fs.write(volume.context(), handle.ino, handle.handle, 0, Buffer.from('begun'), plain);
      volume.fs.setlk(volume.context(), ino, handle.handle, { ...lock, owner: 5n }, false);
      return handle;
    });
    await store.sync();
    volume.crash();
    expect(volume.read('/a.md')).toBe('one\n');
    const again = mount(volume.store, 'dream-1', 2);
    volume.through(again, () => {
      expect(volume.read('/a.md')).toBe('begun');
      expect(volume.fs.getlk(volume.context(), ino, 9, { ...lock, owner: 6n })).not.toBeNull();
      volume.close(open);
    });
    expect(volume.fs.getlk(volume.context(), ino, 9, { ...lock, owner: 6n })).toBeNull();
    expect(text(volume.store.branch('dream-1'), '/a.md')).toBe('begun');
    expect(volume.read('/a.md')).toBe('one\n');
  });
});

describe('a policy', () => {
  const everythingOld = { keepDays: 0, keepVersions: null };
  const removedFrom = async (): Promise<number[]> => {
    volume.store.retention = everythingOld;
    await new Promise((resolve) => setTimeout(resolve, 2));
    await volume.store.prune(actor);
    const records = [...volume.store.log({})].filter(({ operation }) => operation === 'pruned');
    return records.flatMap(({ removes }) => removes).sort((a, b) => a - b);
  };

  test('keeps what a branch was made from, as long as it is there', async () => {
    volume.write('/a.md', 'before\n');
    volume.store.createBranch('dream-1', dreamer);
    const branch = volume.store.branch('dream-1');
    branch.write('/a.md', Buffer.from('dreamt\n'), dreamer);
    branch.write('/a.md', Buffer.from('dreamt more\n'), dreamer);
    volume.write('/a.md', 'after\n');
    volume.write('/a.md', 'and after\n');
    const { fork_seq: fork } = volume.store.branches()[1]!;
    const seqs = (view: StoreView): number[] => [...view.log({ path: '/a.md' })].map(({ seq }) => seq);
    const [first, base, dreamt, last] = seqs(branch);
    const [, , after] = seqs(volume.store);
    expect(await removedFrom()).toEqual([first!, dreamt!, after!].sort((a, b) => a - b));
    expect(tree(branch, fork!)).toEqual({ '/a.md': 'before\n', '/d': '/', '/d/b.md': 'two\n' });
    expect(text(branch, '/a.md')).toBe('dreamt more\n');
    volume.store.dropBranch('dream-1', actor);
    expect(await removedFrom()).toEqual([first!, base!, dreamt!, after!, last!].sort((a, b) => a - b));
    expect(text(volume.store, '/a.md')).toBe('and after\n');
    expect(volume.verify()).toMatchObject({ ok: true });
  });
});

describe('redaction', () => {
  test('covers versions on branches, dropped ones too', async () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    store.createBranch('dream-2', dreamer);
    const secret = Buffer.from('the secret\n');
    const first = store.branch('dream-1').write('/a.md', secret, dreamer);
    const second = store.branch('dream-2').write('/d/b.md', secret, dreamer);
    store.branch('dream-1').write('/a.md', Buffer.from('clean\n'), dreamer);
    store.dropBranch('dream-2', actor);
    const { records } = await store.redact([first.seq], actor);
    expect(records[0]!.removes).toEqual([first.seq, second.seq]);
    expect(() => store.branch('dream-1').show('/a.md', first.seq)).toThrow(/was redacted/);
    expect(text(store.branch('dream-1'), '/a.md')).toBe('clean\n');
    expect(volume.verify()).toMatchObject({ ok: true });
  });

  test('brings a branch that still shows the content to what main has', async () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    volume.write('/a.md', 'clean\n');
    volume.unlink('/d/b.md');
    const log = [...store.log({})];
    const made = (path: string): number =>
      log.find((record) => record.path === path && record.operation === 'created')!.seq;
    await store.redact([made('/a.md'), made('/d/b.md')], actor);
    const branch = store.branch('dream-1');
    expect(tree(branch)).toEqual({ '/a.md': 'clean\n', '/d': '/' });
    expect(() => branch.show('/a.md', made('/a.md'))).toThrow(/was redacted/);
    expect(volume.verify()).toMatchObject({ ok: true });
  });

  test('leaves alone what main itself shows', async () => {
    const { store } = volume;
    store.createBranch('dream-1', dreamer);
    const { seq } = store.show('/a.md').record;
    await expect(store.redact([seq], actor)).rejects.toThrow(/has this content now/);
    expect(text(store.branch('dream-1'), '/a.md')).toBe('one\n');
  });
});

describe('verification', () => {
  test.each([
    [
      'a name',
      /on the branch "dream-1".*not in the tree/,
      'DELETE FROM entries WHERE branch = 2 AND name = ?',
    ],
    ['a content', /on the branch "dream-1".*content/, 'UPDATE inodes SET content = 1 WHERE branch = 2 AND ?'],
    [
      'the branch',
      /in the journal, not in the store/,
      'UPDATE branches SET dropped_seq = 1 WHERE id = 2 AND ?',
    ],
    ['its name', /in the journal, not in the store/, "UPDATE branches SET name = 'x' WHERE id = 2 AND ?"],
    ['where it was forked', /in the journal/, 'UPDATE branches SET fork_seq = 1 WHERE id = 2 AND ?'],
    [
      'the branch of a record',
      /chain/,
      'UPDATE records SET branch = 1 WHERE branch = 2 AND content IS NOT NULL AND ?',
    ],
  ])('finds damage to %s', (_, problem, statement) => {
    volume.store.createBranch('dream-1', dreamer);
    volume.store.branch('dream-1').write('/a.md', Buffer.from('dreamt\n'), dreamer);
    volume.store.close();
    expect(verifyStore(volume.path)).toMatchObject({ ok: true });
    const database = new Database(volume.path);
    database.prepare(statement).run(statement.includes('name = ?') ? Buffer.from('a.md') : 1);
    database.close();
    const { firstBad } = verifyStore(volume.path);
    expect(firstBad?.problem).toMatch(problem);
    volume.store = openStore(volume.path, options);
  });
});

const plain = { flags: 0o1, fromCache: false, killPrivileges: false };
