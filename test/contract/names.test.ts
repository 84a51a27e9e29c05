import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { wholeStore } from '../../src/core/scope.js';
import type { EntryReply, FileSystem, KernelNotifier } from '../../src/vfs/filesystem.js';
import { options, Volume } from './support/volume.js';

const day = 86_400;
const outsider = { agent: 'cli', session: 'sesn_cli' };

/** A mount whose kernel answers when it is told to. */
class Kernel implements KernelNotifier {
  readonly hasExpiry: boolean;
  coherent = true;
  /** Names that it was made to ask for again, `parent/name`. */
  #expired: string[] = [];
  /** While it is set, nothing is done. */
  #held: (() => void)[] | null = null;

  constructor(hasExpiry = true) {
    this.hasExpiry = hasExpiry;
  }

  invalidateAttributes(): void {}

  invalidatePages(): Promise<void> {
    return Promise.resolve();
  }

  expireName(parent: number, name: Uint8Array): Promise<void> {
    this.#expired.push(`${parent}/${Buffer.from(name)}`);
    const held = this.#held;
    return held === null ? Promise.resolve() : new Promise((resolve) => held.push(resolve));
  }

  takeExpired(): string[] {
    return this.#expired.splice(0).sort();
  }

  hold(): void {
    this.#held = [];
  }

  free(): void {
    for (const resolve of this.#held?.splice(0) ?? []) resolve();
    this.#held = null;
  }
}

let volume: Volume;
let [one, two]: FileSystem[] = [];
let [ofOne, ofTwo] = [new Kernel(), new Kernel()];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  volume = new Volume();
  volume.fs.destroy();
  [ofOne, ofTwo] = [new Kernel(), new Kernel()];
  one = volume.attach(1, ofOne);
  // Those who were there before leave a mount that is alone with nothing at first.
  vi.advanceTimersByTime(2_000);
});
afterEach(() => {
  volume.destroy();
  vi.useRealTimers();
});

const join = (): void => {
  two = volume.attach(2, ofTwo);
};

const look = (fs: FileSystem, parent: number, name: string) =>
  fs.lookup(volume.context(), parent, Buffer.from(name));

const inode = (fs: FileSystem, parent: number, name: string): number =>
  (look(fs, parent, name) as EntryReply).attr.ino;

/** Seconds for which the kernel may keep the name. */
const kept = (fs: FileSystem, parent: number, name: string): number => look(fs, parent, name).entryValid;

const write = (fs: FileSystem, path: string, text = path): void =>
  volume.through(fs, () => volume.write(path, text));

const list = (fs: FileSystem, parent: number): Map<string, number> => {
  const seconds = new Map<string, number>();
  fs.readdir(volume.context(), parent, 0, 0, true, {
    add: (name, _ino, _mode, _next, entry) => {
      if (entry !== null) seconds.set(name.toString(), entry.entryValid);
      return true;
    },
  });
  return seconds;
};

const makeDirectory = (fs: FileSystem, parent: number, name: string): number =>
  fs.mkdir(volume.context(), parent, Buffer.from(name), 0o755).attr.ino;

const rename = (fs: FileSystem, from: [number, string], to: [number, string], flags = 0) =>
  fs.rename(volume.context(), from[0], Buffer.from(from[1]), to[0], Buffer.from(to[1]), flags);

const removeDirectory = (fs: FileSystem, parent: number, name: string) =>
  fs.rmdir(volume.context(), parent, Buffer.from(name));

/** Whether it is over after all that is ready has run. */
async function isOver(work: unknown): Promise<boolean> {
  let over = false;
  void Promise.resolve(work).then(() => {
    over = true;
  });
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  return over;
}

describe('a mount that is alone', () => {
  test('keeps names for long, and for a second that there is none', () => {
    const directory = makeDirectory(one!, 1, 'd');
    write(one!, '/a.md');
    expect([kept(one!, 1, 'a.md'), kept(one!, 1, 'd'), kept(one!, directory, 'none')]).toEqual([day, day, 1]);
    expect(list(one!, 1)).toEqual(
      new Map([
        ['d', day],
        ['a.md', day],
      ]),
    );
    expect(ofOne.takeExpired()).toEqual([]);
  });

  test('keeps every name for a second on a kernel that cannot be made to ask again', () => {
    one = volume.attach(1, new Kernel(false));
    write(one, '/a.md');
    makeDirectory(one, 1, 'd');
    expect(['a.md', 'd', 'none'].map((name) => kept(one!, 1, name))).toEqual([1, 1, 1]);
  });

  test('is made to ask again for what changes past it, and who changes it can wait for that', async () => {
    write(one!, '/a.md');
    kept(one!, 1, 'a.md');
    ofOne.hold();
    volume.store.write('/new.md', Buffer.from('new'), outsider);
    volume.store.remove('/a.md', outsider);
    volume.store.write('/sub/b.md', Buffer.from('b'), outsider);
    // What is in a directory that it has not seen it cannot have.
    expect(ofOne.takeExpired()).toEqual(['1/a.md', '1/new.md', '1/sub']);
    const settled = volume.store.settled();
    expect(await isOver(settled)).toBe(false);
    ofOne.free();
    expect(await isOver(settled)).toBe(true);
  });

  test('keeps nothing while others change names: a late reply could bring a name back', () => {
    write(one!, '/a.md');
    kept(one!, 1, 'a.md');
    volume.store.write('/b.md', Buffer.from('b'), outsider);
    expect([kept(one!, 1, 'a.md'), kept(one!, 1, 'none')]).toEqual([0, 0]);
    vi.advanceTimersByTime(2_000);
    expect([kept(one!, 1, 'a.md'), kept(one!, 1, 'none')]).toEqual([day, 1]);
  });

  test('loses the names of what moves out of its scope', () => {
    const directory = makeDirectory(one!, 1, 'd');
    write(one!, '/d/a.md');
    one!.destroy();
    const rules = [{ pattern: 'd/**', access: 'rw' as const }];
    const kernel = new Kernel();
    const scoped = volume.attach(5, kernel, outsider, { mode: 'read_write', rules });
    vi.advanceTimersByTime(2_000);
    inode(scoped, 1, 'd');
    expect(kept(scoped, directory, 'a.md')).toBe(day);
    const link = { kind: 'link', path: Buffer.from('/other.md'), target: Buffer.from('/d/a.md') } as const;
    volume.store.importEntry({ ...link, mode: 0, mtime: { sec: 0, nsec: 0 }, size: 0 }, outsider);
    expect(kernel.takeExpired()).toContain(`${directory}/a.md`);
    expect(look(scoped, directory, 'a.md').attr).toBeNull();
  });

  test('is told of a new file of its own that is refused at its close', async () => {
    volume.crash({ ...options, policy: () => ({ verdict: 'refuse', reason: 'no' }) });
    volume.fs.destroy();
    one = volume.attach(3, ofOne);
    vi.advanceTimersByTime(2_000);
    const context = volume.context();
    const { entry, handle } = one.create(context, 1, Buffer.from('a.md'), 0o100644, 1);
    const { ino } = entry.attr;
    one.write(context, ino, handle, 0, Buffer.from('x'), {
      flags: 1,
      fromCache: false,
      killPrivileges: false,
    });
    expect(entry.entryValid).toBe(day);
    await expect(async () => one!.flush(context, ino, handle, 1n)).rejects.toThrow('no');
    expect(look(one, 1, 'a.md').attr).toBeNull();
    expect(ofOne.takeExpired()).toEqual(['1/a.md']);
  });
});

describe('a mount that gets company', () => {
  test('is made to ask again for every file that it has seen, before the other may be used', async () => {
    const directory = makeDirectory(one!, 1, 'd');
    for (const path of ['/a.md', '/d/b.md', '/d/c.md']) write(one!, path);
    volume.store.write('/unseen.md', Buffer.from('x'), outsider);
    ofOne.takeExpired();
    ofOne.hold();
    join();
    const settled = volume.store.settled();
    expect(await isOver(settled)).toBe(false);
    expect(ofOne.takeExpired()).toEqual(['1/a.md', `${directory}/b.md`, `${directory}/c.md`]);
    ofOne.free();
    vi.advanceTimersByTime(1_100);
    expect(await isOver(settled)).toBe(true);
    expect(ofTwo.takeExpired()).toEqual([]);
  });

  test('has forgotten by then what it was told is not there', async () => {
    kept(one!, 1, 'none');
    join();
    const settled = volume.store.settled();
    vi.advanceTimersByTime(900);
    expect(await isOver(settled)).toBe(false);
    vi.advanceTimersByTime(200);
    expect(await isOver(settled)).toBe(true);
  });

  test('is not waited for without end', async () => {
    write(one!, '/a.md');
    ofOne.hold();
    join();
    const settled = volume.store.settled();
    expect(await isOver(settled)).toBe(false);
    vi.advanceTimersByTime(2_000);
    expect(await isOver(settled)).toBe(true);
  });

  test('hears of what changes until it has been made to ask for all, its own names too', async () => {
    for (const path of ['/a.md', '/b.md']) write(one!, path);
    ofOne.hold();
    join();
    await isOver(null);
    ofOne.takeExpired();
    volume.through(two!, () => volume.unlink('/a.md'));
    void rename(one!, [1, 'b.md'], [1, 'c.md']);
    expect(ofOne.takeExpired()).toEqual(['1/a.md', '1/b.md', '1/c.md']);
    ofOne.free();
    await isOver(null);
    vi.advanceTimersByTime(1_100);
    await isOver(null);
    write(two!, '/d.md');
    expect(ofOne.takeExpired()).toEqual([]);
  });

  test('gives up as much when an earlier engine has served it: every file of the store', async () => {
    const directory = makeDirectory(one!, 1, 'd');
    for (let each = 0; each < 600; each++) write(one!, `/d/${each}.md`);
    volume.crash();
    volume.store.retainConnections(new Set([1, 2]));
    ofOne = new Kernel();
    one = volume.attach(1, ofOne);
    expect(kept(one, 1, 'd')).toBe(day);
    join();
    volume.store.resume();
    vi.advanceTimersByTime(1_100);
    expect(await isOver(volume.store.settled())).toBe(true);
    for (const kernel of [ofOne, ofTwo])
      expect(new Set(kernel.takeExpired()).size).toBeGreaterThanOrEqual(600);
    expect(kept(one, directory, '1.md')).toBe(0);
  });

  test('counts as having names again when it is alone before it has given up all', async () => {
    write(one!, '/a.md');
    ofOne.hold();
    join();
    await isOver(null);
    two!.destroy();
    vi.advanceTimersByTime(2_000);
    expect(kept(one!, 1, 'a.md')).toBe(day);
    ofOne.free();
    vi.advanceTimersByTime(2_000);
    await isOver(null);
    ofOne.takeExpired();
    volume.store.remove('/a.md', outsider);
    expect(ofOne.takeExpired()).toEqual(['1/a.md']);
  });

  test('keeps names again when it is alone again', () => {
    write(one!, '/a.md');
    join();
    expect(kept(one!, 1, 'a.md')).toBe(0);
    two!.destroy();
    expect(kept(one!, 1, 'a.md')).toBe(0);
    vi.advanceTimersByTime(2_000);
    expect(kept(one!, 1, 'a.md')).toBe(day);
  });
});

describe('several mounts', () => {
  beforeEach(() => join());

  test('ask for each name at each use', () => {
    write(one!, '/a.md');
    for (const fs of [one!, two!]) expect([kept(fs, 1, 'a.md'), kept(fs, 1, 'none')]).toEqual([0, 0]);
    expect(list(two!, 1)).toEqual(new Map([['a.md', 0]]));
  });

  test('are told in the same answer what the file is like, once they have it', () => {
    write(one!, '/a.md');
    const seconds = (): number => (look(two!, 1, 'a.md') as EntryReply).attrValid;
    expect([seconds(), seconds()]).toEqual([0, day]);
  });

  test('keep the names of directories, given as they are made, first looked up or listed', () => {
    const directory = makeDirectory(one!, 1, 'd');
    vi.advanceTimersByTime(10_000);
    expect(kept(two!, 1, 'd')).toBe(day);
    // The kernel holds no lock while it asks again for what it has.
    expect(kept(two!, 1, 'd')).toBe(0);
    expect(list(two!, 1)).toEqual(new Map([['d', day]]));
    two!.forget(directory, 100);
    expect(kept(two!, 1, 'd')).toBe(day);
  });

  test('keep none on a kernel that cannot be made to ask again', () => {
    makeDirectory(one!, 1, 'd');
    const old = volume.attach(3, new Kernel(false));
    vi.advanceTimersByTime(10_000);
    expect(kept(old, 1, 'd')).toBe(0);
  });

  test('keep none where others have changed names lately', () => {
    const directory = makeDirectory(one!, 1, 'd');
    makeDirectory(one!, directory, 'e');
    expect([kept(two!, 1, 'd'), kept(two!, directory, 'e')]).toEqual([0, 0]);
    // Its own changes do not count.
    expect(list(one!, directory)).toEqual(new Map([['e', day]]));
    write(two!, '/d/x.md');
    expect(list(one!, directory)).toEqual(
      new Map([
        ['e', 0],
        ['x.md', 0],
      ]),
    );
    vi.advanceTimersByTime(10_000);
    expect(list(one!, directory).get('e')).toBe(day);
  });

  test('let a directory go before the reply to its renaming or removal', async () => {
    const changes: [string, (parent: number) => unknown][] = [
      ['rmdir', (parent) => removeDirectory(one!, parent, 'd')],
      ['rename', (parent) => rename(one!, [parent, 'd'], [parent, 'moved'])],
      ['replaced', (parent) => rename(one!, [parent, 'other'], [parent, 'd'])],
      ['exchanged', (parent) => rename(one!, [parent, 'a.md'], [parent, 'd'], 2)],
    ];
    for (const [place, change] of changes) {
      const parent = makeDirectory(one!, 1, place);
      for (const name of ['d', 'other']) makeDirectory(one!, parent, name);
      write(one!, `/${place}/a.md`);
      vi.advanceTimersByTime(10_000);
      expect(kept(two!, parent, 'd'), place).toBe(day);
      ofTwo.hold();
      const reply = change(parent);
      expect(ofTwo.takeExpired(), place).toEqual([`${parent}/d`]);
      expect(await isOver(reply), place).toBe(false);
      ofTwo.free();
      expect(await isOver(reply), place).toBe(true);
    }
    expect(ofOne.takeExpired()).toEqual([]);
  });

  test('do not wait for who does not have the directory, nor for files', async () => {
    const directory = makeDirectory(one!, 1, 'd');
    write(one!, '/d/a.md');
    kept(two!, directory, 'a.md');
    ofTwo.hold();
    expect(rename(one!, [directory, 'a.md'], [directory, 'b.md'])).toBeUndefined();
    volume.through(one!, () => volume.unlink('/d/b.md'));
    expect(removeDirectory(one!, 1, 'd')).toBeUndefined();
    expect(ofTwo.takeExpired()).toEqual([]);
  });

  test('do not wait for one whose kernel is overdue', async () => {
    for (const name of ['d', 'e']) makeDirectory(one!, 1, name);
    vi.advanceTimersByTime(10_000);
    for (const name of ['d', 'e']) kept(two!, 1, name);
    ofTwo.hold();
    ofTwo.coherent = false;
    expect(removeDirectory(one!, 1, 'd')).toBeUndefined();
    expect(ofTwo.takeExpired()).toEqual(['1/d']);
    expect(kept(two!, 1, 'e')).toBe(0);
    ofTwo.free();
  });

  test('never wait for each other in a circle', async () => {
    for (const name of ['d', 'e']) makeDirectory(one!, 1, name);
    vi.advanceTimersByTime(10_000);
    for (const name of ['d', 'e']) kept(two!, 1, name);
    ofOne.hold();
    ofTwo.hold();
    const first = removeDirectory(one!, 1, 'd');
    const second = removeDirectory(two!, 1, 'e');
    expect([ofOne.takeExpired(), ofTwo.takeExpired()]).toEqual([['1/e'], ['1/d']]);
    expect(await isOver(second)).toBe(true);
    expect(await isOver(first)).toBe(false);
    ofTwo.free();
    expect(await isOver(first)).toBe(true);
    ofOne.free();
  });

  test('count as having the directories that they saw when they were alone or with another engine', async () => {
    two!.destroy();
    makeDirectory(one!, 1, 'd');
    vi.advanceTimersByTime(2_000);
    expect(kept(one!, 1, 'd')).toBe(day);
    join();
    await isOver(null);
    ofOne.takeExpired();
    // Attributes that it is given say nothing of the name.
    one!.getattr(volume.context(), inode(two!, 1, 'd'), null);
    ofOne.hold();
    const reply = removeDirectory(two!, 1, 'd');
    expect(ofOne.takeExpired()).toEqual(['1/d']);
    expect(await isOver(reply)).toBe(false);
    ofOne.free();
    expect(await isOver(reply)).toBe(true);
  });

  test('wait for a directory that is taken away past them', async () => {
    const directory = makeDirectory(one!, 1, 'd');
    vi.advanceTimersByTime(10_000);
    expect(kept(two!, 1, 'd')).toBe(day);
    expect(directory).toBeGreaterThan(1);
    ofTwo.hold();
    volume.store.removeDirectory('/d', outsider);
    const settled = volume.store.settled();
    expect(ofTwo.takeExpired()).toEqual(['1/d']);
    expect(await isOver(settled)).toBe(false);
    ofTwo.free();
    vi.advanceTimersByTime(1_100);
    expect(await isOver(settled)).toBe(true);
  });

  test('on other branches and of the past have nothing to do with it', async () => {
    makeDirectory(one!, 1, 'd');
    volume.store.createBranch('dream-1', outsider);
    two!.destroy();
    vi.advanceTimersByTime(2_000);
    const kernel = new Kernel();
    const branch = volume.attach(3, kernel, undefined, undefined, 'dream-1');
    const rules = { precondition: 'observed', onConflict: 'refuse' } as const;
    volume.store.attach(
      { connection: 4, actor: outsider, scope: wholeStore, branch: 'main', at: 1, ...rules },
      new Kernel(),
    );
    expect([kept(one!, 1, 'd'), kept(branch, 1, 'd')]).toEqual([day, day]);
    expect(removeDirectory(one!, 1, 'd')).toBeUndefined();
    expect(kernel.takeExpired()).toEqual([]);
  });
});
