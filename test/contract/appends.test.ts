import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CommitPolicy } from '../../src/vfs/policy.js';
import { Kernel } from './support/kernel.js';
import { options, Volume } from './support/volume.js';

let volume: Volume;
let here: Kernel;
let there: Kernel;
const running = new Set<number>();

beforeEach(() => {
  running.clear();
  volume = new Volume();
  volume.crash({ ...options, isRunning: (thread) => running.has(thread) });
  here = new Kernel(volume, 11, 'log.md', { claimOf: (pid) => claimed(pid) });
  there = new Kernel(volume, 12, 'log.md');
  const first = there.open();
  there.write(first, 'one\n');
  void there.flush(first);
  there.release(first);
});
afterEach(() => {
  expect(volume.verify()).toMatchObject({ ok: true, firstBad: null });
  volume.destroy();
});

/** Processes from 100 on say who they are. */
const claimed = (pid: number) =>
  pid < 100 ? undefined : { agent: `agent-${pid}`, session: `sesn_${pid}`, claimed: true as const };

const appendThere = (text: string): void => {
  const handle = there.open();
  there.write(handle, text);
  void there.flush(handle);
  there.release(handle);
};

const versions = (): string[] =>
  [...volume.store.log({ path: '/log.md' })].map(({ agent, session, version }) => {
    const text = Buffer.concat([...volume.store.show('/log.md', version!).chunks]).toString();
    return `${agent} ${session} ${text.split('\n').at(-2)}`;
  });

test('a close commits what its own descriptor has appended, not half of what another one does', async () => {
  const [a, b] = [here.open(), here.open()];
  here.write(a, 'whole\n');
  here.write(b, 'ha', { goesOn: true, pid: 2 });
  await here.flush(a);
  appendThere('there\n');
  here.write(b, 'lf\n', { pid: 2 });
  await here.flush(b, 2);
  expect(there.truth()).toBe('one\nwhole\nthere\nhalf\n');
  expect(here.read()).toBe(there.truth());
});

test('what a handle has appended is one version, and its session made it', async () => {
  const [a, b] = [here.open(undefined, 101), here.open(undefined, 102)];
  here.write(a, 'two\n', { pid: 101 });
  here.write(b, 'three\n', { pid: 102 });
  here.write(a, 'four\n', { pid: 101 });
  await here.flush(b, 102);
  await here.flush(a, 101);
  expect(versions().slice(1)).toEqual(['agent-102 sesn_102 three', 'agent-101 sesn_101 four']);
  expect(there.truth()).toBe('one\nthree\ntwo\nfour\n');
});

test('its own mount reads what it wrote where it is, before and after it finds its place', async () => {
  const [a, b] = [here.open(), here.open()];
  here.write(a, 'aaaa\n');
  here.write(b, 'bb\n');
  here.write(a, 'cccccc\n');
  expect(here.read()).toBe('one\naaaa\nbb\ncccccc\n');
  expect(here.stat()).toBe(19);
  appendThere('there\n');
  expect(here.read()).toBe('one\naaaa\nbb\ncccccc\n');
  await here.flush(b);
  expect(here.read()).toBe('one\nthere\nbb\naaaa\ncccccc\n');
  await here.flush(a);
  expect(here.read()).toBe('one\nthere\nbb\naaaa\ncccccc\n');
});

test('its own mount forgets nothing while what it saw is what is committed', async () => {
  const [a, b] = [here.open(), here.open()];
  here.write(a, 'two\n');
  here.write(b, 'three\n');
  await here.flush(a);
  await here.flush(b);
  expect([here.read(), here.dropped]).toEqual(['one\ntwo\nthree\n', 0]);
});

test('a kernel that does not know how long the file has become caches nothing at the wrong place', async () => {
  const a = here.open();
  appendThere('there\n');
  here.write(a, 'two\n');
  expect(here.read()).toBe('one\nthere\ntwo\n');
  await here.flush(a);
  expect(here.read()).toBe('one\nthere\ntwo\n');
});

describe.each([false, true])('an engine that is killed (group committed: %s)', (committed) => {
  const restart = async (): Promise<void> => {
    if (committed) await volume.store.sync();
    volume.crash({ ...options, isRunning: (thread) => running.has(thread) });
    here.attach();
    there.attach();
  };

  test('leaves behind whose bytes are whose', async () => {
    const [a, b] = [here.open(undefined, 101), here.open(undefined, 102)];
    here.write(a, 'two\n', { pid: 101 });
    here.write(b, 'three\n', { pid: 102 });
    here.write(a, 'fo', { goesOn: true, pid: 101 });
    await restart();
    await here.flush(b, 102);
    await restart();
    appendThere('there\n');
    here.write(a, 'ur\n', { pid: 101 });
    await here.flush(a, 101);
    expect(there.truth()).toBe('one\nthree\nthere\ntwo\nfour\n');
    expect(here.read()).toBe(there.truth());
    expect(versions().slice(1)).toEqual([
      'agent-102 sesn_102 three',
      'agent-12 sesn_12 there',
      'agent-101 sesn_101 four',
    ]);
  });

  test('leaves them in the order in which their mount has seen them', async () => {
    const [a, b] = [here.open(), here.open()];
    for (const [index, handle] of [a, b, a, a, b].entries()) here.write(handle, `line ${index}\n`);
    const seen = here.read();
    await restart();
    expect(here.truth()).toBe(seen);
    here.write(a, 'one more\n');
    await restart();
    expect(here.truth()).toBe(`${seen}one more\n`);
    await here.flush(b);
    await restart();
    expect(here.truth()).toBe('one\nline 1\nline 4\nline 0\nline 2\nline 3\none more\n');
  });

  test('leaves what was appended apart from what was changed in place', async () => {
    const [a, patch] = [here.open(), here.open(0o1)];
    here.write(a, 'two\n');
    here.write(patch, 'ONE', { at: 0, flags: 1 });
    await restart();
    expect(here.truth()).toBe('ONE\ntwo\n');
    await here.flush(a);
    expect([here.truth(), there.truth()]).toEqual(['ONE\ntwo\n', expect.stringMatching(/\ntwo\n$/)]);
    await here.flush(patch);
    expect(there.truth()).toBe('ONE\ntwo\n');
  });
});

test('a close is carried out again as it was: it takes no change of another handle along', async () => {
  const [a, patch] = [here.open(), here.open(0o1)];
  here.write(a, 'two\n');
  here.write(patch, 'ON', { at: 0, flags: 1 });
  await volume.store.sync();
  await here.flush(a);
  const made = versions();
  volume.crash(options);
  here.attach();
  there.attach();
  expect([versions(), there.truth(), here.truth()]).toEqual([made, 'one\ntwo\n', 'ONe\ntwo\n']);
  here.write(patch, 'E', { at: 2, flags: 1 });
  await here.flush(patch);
  expect(there.truth()).toBe('ONE\ntwo\n');
});

test('a close that was refused is refused again when nobody was told', async () => {
  const reader = here.open(0o2);
  here.fs.read(here.context(), here.ino, reader, 0, 100);
  const over = here.open(0o1001);
  here.write(over, 'mine\n', { at: 0, flags: 1 });
  appendThere('there\n');
  const request = here.context();
  const close = (resent: boolean) => async () => here.fs.flush({ ...request, resent }, here.ino, over, 1n);
  await expect(close(false)).rejects.toThrow(/another session/);
  volume.crash(options);
  here.attach();
  there.attach();
  await expect(close(true)).rejects.toThrow(/another session/);
  expect(volume.store.conflicts({})).toHaveLength(1);
});

describe('a descriptor that several processes share', () => {
  test('is not closed by one in the middle of what another one writes', async () => {
    const a = here.open();
    here.write(a, 'first\n', { pid: 2 });
    here.write(a, 'sec', { goesOn: true, pid: 3 });
    const closed = here.flush(a, 2);
    here.write(a, 'ond\n', { pid: 3 });
    await closed;
    appendThere('there\n');
    expect(there.truth()).toBe('one\nfirst\nsecond\nthere\n');
  });

  test('publishes what was whole before, if that does not go on', async () => {
    running.add(3);
    const a = here.open();
    here.write(a, 'first\n', { pid: 2 });
    here.write(a, 'sec', { goesOn: true, pid: 3 });
    await here.flush(a, 2);
    expect(there.truth()).toBe('one\nfirst\n');
    appendThere('there\n');
    here.write(a, 'ond\n', { pid: 3 });
    await here.flush(a, 3);
    expect(there.truth()).toBe('one\nfirst\nthere\nsecond\n');
  });

  test('publishes all of it when the thread that wrote last has nothing to do', async () => {
    const a = here.open();
    here.write(a, 'as long as a page', { goesOn: true, pid: 3 });
    await here.flush(a, 2);
    expect(there.truth()).toBe('one\nas long as a page');
  });

  test('and by the thread that wrote at once', () => {
    const a = here.open();
    here.write(a, 'as long as a page', { goesOn: true, pid: 3 });
    void here.flush(a, 3);
    expect(there.truth()).toBe('one\nas long as a page');
  });

  test('its end publishes everything, while others have the file open', () => {
    running.add(3);
    const [a, b] = [here.open(), here.open()];
    here.write(b, 'of another\n');
    here.write(a, 'half', { goesOn: true, pid: 3 });
    here.release(a);
    expect(there.truth()).toBe('one\nhalf');
  });
});

test('what is whole becomes visible though its descriptor stays open; a write under way is not cut', async () => {
  running.add(3);
  const [a, b] = [here.open(), here.open()];
  here.write(a, 'whole\n');
  here.write(b, 'also\n', { pid: 3 });
  here.write(b, 'ha', { goesOn: true, pid: 3 });
  await vi.waitFor(() => expect(there.truth()).toBe('one\nwhole\nalso\n'), { timeout: 20_000, interval: 50 });
  appendThere('there\n');
  here.write(b, 'lf\n', { pid: 3 });
  await here.flush(b, 3);
  expect(there.truth()).toBe('one\nwhole\nalso\nthere\nhalf\n');
}, 30_000);

test('fsync commits what everybody has appended, each as a version of its own', async () => {
  const [a, b] = [here.open(undefined, 101), here.open(undefined, 102)];
  here.write(a, 'two\n', { pid: 101 });
  here.write(b, 'three\n', { pid: 102 });
  await here.fs.fsync(here.context(), here.ino, b, false);
  expect(versions().slice(1)).toEqual(['agent-101 sesn_101 two', 'agent-102 sesn_102 three']);
});

test('a lock passes on when what this mount has appended is in the store', async () => {
  const [a, b] = [here.open(), here.open()];
  const lock = { kind: 'flock', owner: 7n, start: 0n, end: 0x7fff_ffff_ffff_ffffn, pid: 2 } as const;
  await here.fs.setlk(here.context(2), here.ino, a, { ...lock, type: 'write' }, false);
  here.write(b, 'under the lock\n', { pid: 2 });
  await here.fs.setlk(here.context(2), here.ino, a, { ...lock, type: 'unlock' }, false);
  expect(there.truth()).toBe('one\nunder the lock\n');
});

describe('together with changes in place', () => {
  test('the close of who appends publishes nobody else’s half of a change', async () => {
    const [patch, a] = [here.open(0o1), here.open()];
    here.write(patch, 'ON', { at: 0, flags: 1 });
    here.write(a, 'two\n');
    await here.flush(a);
    expect([there.truth(), here.read()]).toEqual(['one\ntwo\n', 'ONe\ntwo\n']);
    here.write(patch, 'E', { at: 2, flags: 1 });
    await here.flush(patch);
    expect([there.truth(), here.read()]).toEqual(['ONE\ntwo\n', 'ONE\ntwo\n']);
    expect(volume.store.conflicts({})).toEqual([]);
  });

  test('the close of who changes publishes no half of a line', async () => {
    const [patch, a] = [here.open(0o1), here.open()];
    here.write(a, 'ha', { goesOn: true });
    here.write(patch, 'ONE', { at: 0, flags: 1 });
    await here.flush(patch);
    appendThere('there\n');
    here.write(a, 'lf\n');
    await here.flush(a);
    expect(there.truth()).toBe('ONE\nthere\nhalf\n');
  });

  test('a refused change leaves lines alone, and they are no part of what is kept of it', async () => {
    const [patch, a] = [here.open(0o2), here.open()];
    here.write(a, 'two\n');
    here.write(patch, 'ONE', { at: 0, flags: 2 });
    appendThere('there\n');
    await expect(here.flush(patch)).rejects.toThrow(/another session/);
    const mine = volume.store.conflictContent('/log.md', 1, 'mine');
    expect(Buffer.concat([...mine!]).toString()).toBe('ONE\n');
    expect(here.read()).toBe('one\nthere\ntwo\n');
    await here.flush(a);
    expect(there.truth()).toBe('one\nthere\ntwo\n');
  });

  test('a change that is merged leaves lines alone', async () => {
    const merging = new Kernel(volume, 15, 'log.md', { onConflict: 'merge' });
    appendThere('two\nthree\n');
    const [patch, a] = [merging.open(0o2), merging.open()];
    merging.write(a, 'ha', { goesOn: true });
    merging.write(patch, 'ONE', { at: 0, flags: 2 });
    appendThere('there\n');
    await merging.flush(patch);
    expect(there.truth()).toBe('ONE\ntwo\nthree\nthere\n');
    merging.write(a, 'lf\n');
    await merging.flush(a);
    expect([there.truth(), merging.read()]).toEqual(Array(2).fill('ONE\ntwo\nthree\nthere\nhalf\n'));
  });

  test('a descriptor that cuts the file and appends makes one version, or none', async () => {
    const cut = here.open(0o3002);
    here.write(cut, 'new\n', { flags: 0o2002 });
    await here.flush(cut);
    expect(versions().slice(1)).toEqual(['agent-11 sesn_11 new']);
    const again = here.open(0o2);
    here.fs.read(here.context(), here.ino, again, 0, 100);
    const refused = here.open(0o3001);
    here.write(refused, 'newer\n');
    appendThere('there\n');
    await expect(here.flush(refused)).rejects.toThrow(/another session/);
    expect(Buffer.concat([...volume.store.conflictContent('/log.md', 1, 'mine')!]).toString()).toBe(
      'newer\n',
    );
    expect(here.read()).toBe('new\nthere\n');
  });

  test('what is cut to nothing loses lines of the mount, but no write that is under way', async () => {
    const a = here.open();
    here.write(a, 'gone\n');
    here.write(a, 'ha', { goesOn: true, pid: 3 });
    running.add(3);
    const cut = here.open(0o1001);
    here.write(a, 'lf\n', { pid: 3 });
    await here.flush(a, 3);
    here.release(cut);
    await here.flush(a, 3);
    expect(here.truth()).toBe('half\n');
  });

  test('what is cut behind a line is cut there', async () => {
    const a = here.open();
    here.write(a, 'two\nthree\n');
    here.fs.setattr(here.context(), here.ino, { size: 7 });
    expect(here.truth()).toBe('one\ntwo');
    await here.flush(a);
    expect(there.truth()).toBe('one\ntwo');
  });

  test('what is put behind the last line goes there, with everything before it', async () => {
    const [patch, a] = [here.open(0o1), here.open()];
    here.write(a, 'two\n');
    here.write(patch, 'far', { at: 12, flags: 1 });
    expect(here.truth()).toBe('one\ntwo\n\0\0\0\0far');
    await here.flush(a);
    await here.flush(patch);
    expect(there.truth()).toBe('one\ntwo\n\0\0\0\0far');
  });

  test('what is written over a line that is not committed changes that line', async () => {
    const [patch, a, b] = [here.open(0o1), here.open(), here.open()];
    here.write(a, 'two\n');
    here.write(b, 'three\n');
    here.write(a, 'four\n');
    here.write(patch, 'WO\nTHREE\nFO', { at: 5, flags: 1 });
    expect(here.read()).toBe('one\ntWO\nTHREE\nFOur\n');
    await here.flush(b);
    await here.flush(a);
    await here.flush(patch);
    expect(there.truth()).toBe('one\nTHREE\ntWO\nFOur\n');
  });
});

test('what the policy refuses of one handle takes nothing of others along', async () => {
  const policy: CommitPolicy = ({ content, unchanged }) =>
    Buffer.concat(content.read(unchanged, content.size)).includes('secret')
      ? { verdict: 'refuse', reason: 'it is secret' }
      : { verdict: 'accept' };
  volume.crash({ ...options, policy });
  here.attach();
  there.attach();
  const [a, b] = [here.open(), here.open()];
  here.write(a, 'a secret\n');
  here.write(b, 'two\n');
  await expect(async () => here.flush(a)).rejects.toThrow(/secret/);
  expect(here.read()).toBe('one\ntwo\n');
  await here.flush(b);
  expect(there.truth()).toBe('one\ntwo\n');
});

test.each([false, true])(
  'an operation that fails half-way takes no byte of them back (group committed: %s)',
  async (committed) => {
    // The command line's write has begun when the policy refuses it: everything is carried out again from the spool.
    const policy: CommitPolicy = ({ content }) =>
      content.size === 3 ? { verdict: 'refuse', reason: 'it has three bytes' } : { verdict: 'accept' };
    volume.crash({ ...options, policy });
    here.attach();
    there.attach();
    const [a, b] = [here.open(), here.open()];
    here.write(a, 'two\n');
    if (committed) await volume.store.sync();
    here.write(b, 'ha', { goesOn: true, pid: 3 });
    const seen = here.read();
    expect(() =>
      volume.store.write('/x.md', Buffer.from('bad'), { agent: 'cli', session: 'sesn_cli' }),
    ).toThrow(/three bytes/);
    expect([here.truth(), here.read()]).toEqual([seen, seen]);
    await here.flush(a);
    appendThere('there\n');
    here.write(b, 'lf\n', { pid: 3 });
    await here.flush(b, 3);
    expect([there.truth(), here.read()]).toEqual(Array(2).fill('one\ntwo\nthere\nhalf\n'));
  },
);

test('the command line may write in the middle of a line', async () => {
  const a = here.open();
  here.write(a, 'ha', { goesOn: true });
  volume.store.write('/log.md', Buffer.from('new\n'), { agent: 'cli', session: 'sesn_cli' });
  expect(here.truth()).toBe('one\nha');
  here.write(a, 'lf\n');
  await here.flush(a);
  expect([there.truth(), here.read()]).toEqual(['new\nhalf\n', 'new\nhalf\n']);
});

test('so may a restore', async () => {
  appendThere('two\n');
  const [first] = [...volume.store.log({ path: '/log.md' })];
  const a = here.open();
  here.write(a, 'ha', { goesOn: true });
  volume.store.restore('/log.md', first!.version!, { agent: 'cli', session: 'sesn_cli' });
  here.write(a, 'lf\n');
  await here.flush(a);
  expect(there.truth()).toBe('one\nhalf\n');
});

test('a file that loses its name keeps its lines for who reads it, and makes no version of them', async () => {
  const [a, b] = [here.open(), here.open()];
  here.write(a, 'two\n');
  here.write(b, 'three\n');
  here.fs.unlink(here.context(), 1, Buffer.from('log.md'));
  await here.flush(a);
  here.release(a);
  expect(here.read()).toBe('one\ntwo\nthree\n');
  here.release(b);
  expect(here.read()).toBe('one\ntwo\nthree\n');
  expect(volume.journal('/log.md').filter((line) => line.startsWith('modified'))).toEqual([]);
});

test('what another file is renamed over goes with the lines that were appended to it', async () => {
  const a = here.open();
  here.write(a, 'ha', { goesOn: true });
  volume.through(there.fs, () => {
    volume.write('/new.md', 'new\n');
    volume.rename('/new.md', '/log.md');
  });
  here.write(a, 'lf\n');
  await here.flush(a);
  expect(volume.through(there.fs, () => volume.read('/log.md'))).toBe('new\n');
});

test('unversioned files get the lines of every mount, too', async () => {
  const mounts = [13, 14].map((connection) => new Kernel(volume, connection, 'x.tmp'));
  const handles = mounts.map((mount) => mount.open());
  for (const [index, mount] of mounts.entries()) mount.write(handles[index]!, `of ${index}\n`);
  for (const [index, mount] of mounts.entries()) await mount.flush(handles[index]!);
  expect(mounts.map((mount) => mount.read())).toEqual(['of 0\nof 1\n', 'of 0\nof 1\n']);
  for (const [index, mount] of mounts.entries()) mount.write(handles[index]!, `again ${index}\n`);
  for (const [index, mount] of [...mounts.entries()].reverse()) await mount.flush(handles[index]!);
  expect(mounts[0]!.read()).toBe('of 0\nof 1\nagain 1\nagain 0\n');
});

describe('when its mount ends', () => {
  test('whole lines stay, and a half one is kept as a conflict', () => {
    const [a, b] = [here.open(), here.open()];
    here.write(a, 'whole\n');
    here.write(b, 'ha', { goesOn: true });
    here.fs.destroy();
    expect(there.truth()).toBe('one\nwhole\n');
    const mine = volume.store.conflictContent('/log.md', 1, 'mine');
    expect(Buffer.concat([...mine!]).toString()).toBe('one\nwhole\nha');
  });
});

test('a small tail leaves no copy of the last segment behind at each group commit', async () => {
  appendThere(`${'x'.repeat(200_000)}\n`);
  const kept = here.open();
  for (let i = 0; i < 30; i++) {
    here.write(kept, `kept ${i}\n`);
    await volume.store.sync();
    appendThere(`there ${i}\n`);
    await here.flush(kept);
  }
  expect(there.truth().split('\n').length).toBe(63);
  volume.reopen();
  expect(volume.store.statistics().diskBytes).toBeLessThan(2 << 20);
});
