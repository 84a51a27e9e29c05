import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../src/vfs/store.js';
import { Agent, said } from './support/agent.js';
import { Volume } from './support/volume.js';

let volume: Volume;
let ada: Agent;
let bob: Agent;

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

beforeEach(async () => {
  volume = new Volume();
  ada = new Agent(volume.store, 11, 'ada');
  bob = new Agent(volume.store, 12, 'bob');
  await ada.overwrite('x', 'one\n');
});
afterEach(() => {
  expect(volume.verify()).toMatchObject({ ok: true, firstBad: null });
  volume.destroy();
});

/** The conflicts at `/x` as texts: base, mine, theirs. */
function conflicts(store: Store = volume.store): (string | null)[][] {
  return store.conflicts({ path: '/x' }).map(({ number }) =>
    (['base', 'mine', 'theirs'] as const).map((side) => {
      const content = store.conflictContent('/x', number, side);
      return content === null ? null : Buffer.concat([...content]).toString();
    }),
  );
}

const head = (): string => Buffer.concat([...volume.store.show('/x').chunks]).toString();

describe('a session that has read a memory', () => {
  beforeEach(async () => {
    ada.read('x');
    bob.read('x');
    expect(await bob.overwrite('x', 'two\n')).toBe('ok');
  });

  test('cannot overwrite it once another session has changed it, until it reads it again', async () => {
    expect(await ada.overwrite('x', 'mine\n')).toBe('conflict');
    expect(head()).toBe('two\n');
    ada.read('x');
    expect(await ada.overwrite('x', 'mine\n')).toBe('ok');
    expect(head()).toBe('mine\n');
  });

  test('is refused at open, and nothing is cut', async () => {
    expect(await said(async () => void ada.openToOverwrite('x'))).toBe('conflict');
    expect(ada.read('x')).toBe('two\n');
    expect(conflicts()).toEqual([['one\n', null, 'two\n']]);
  });

  test('may append: what it adds goes behind what the other wrote', async () => {
    expect(await ada.append('x', 'more\n')).toBe('ok');
    expect(head()).toBe('two\nmore\n');
    // And still does not know what it appended to.
    expect(await ada.overwrite('x', 'mine\n')).toBe('conflict');
  });

  test('cannot remove it, nor rename something over it; what was to take its place is kept', async () => {
    expect(await ada.unlink('x')).toBe('conflict');
    await ada.overwrite('new', 'mine\n');
    expect(await ada.rename('new', 'x')).toBe('conflict');
    expect(await ada.truncate('x', 0)).toBe('conflict');
    expect(head()).toBe('two\n');
    expect(conflicts()).toEqual([
      ['one\n', null, 'two\n'],
      ['one\n', 'mine\n', 'two\n'],
    ]);
    ada.read('x');
    expect(await ada.rename('new', 'x')).toBe('ok');
  });

  test('may rename it away', async () => {
    expect(await ada.rename('x', 'y')).toBe('ok');
  });

  test('is refused once for one thing, however often it is tried', async () => {
    for (let i = 0; i < 3; i++) expect(await ada.unlink('x')).toBe('conflict');
    expect(conflicts().length).toBe(1);
  });

  test('may write when the other has put back what it read', async () => {
    expect(await bob.overwrite('x', 'one\n')).toBe('ok');
    expect(await ada.overwrite('x', 'mine\n')).toBe('ok');
  });

  test('still may not after the engine was killed', async () => {
    volume.crash();
    ada = new Agent(volume.store, 11, 'ada');
    expect(await ada.overwrite('x', 'mine\n')).toBe('conflict');
    ada.read('x');
    volume.crash();
    ada = new Agent(volume.store, 11, 'ada');
    expect(await ada.overwrite('x', 'mine\n')).toBe('ok');
  });
});

describe('a session', () => {
  test('that has not read a memory overwrites it: the last write wins', async () => {
    expect(await bob.overwrite('x', 'two\n')).toBe('ok');
    expect(await ada.overwrite('x', 'three\n')).toBe('ok');
  });

  test('goes on from what it wrote itself', async () => {
    ada.read('x');
    for (const text of ['a', 'b', 'c']) expect(await ada.overwrite('x', text)).toBe('ok');
    expect(await bob.overwrite('x', 'two\n')).toBe('ok');
    expect(await ada.overwrite('x', 'd')).toBe('conflict');
  });

  test('that made a file which another has filled meanwhile writes what it would have written', async () => {
    const file = ada.openToOverwrite('new');
    await bob.overwrite('new', 'from bob, and longer\n');
    ada.writeTo(file, 'from ada\n');
    await ada.fs.flush(ada.context, file.ino, file.handle, 1n);
    ada.writeTo(file, 'more\n', 9);
    await ada.close(file);
    const texts = [...volume.store.log({ path: '/new' })].map(({ seq }) =>
      Buffer.concat([...volume.store.show('/new', seq).chunks]).toString(),
    );
    expect(texts).toEqual(['from bob, and longer\n', 'from ada\n', 'from ada\nmore\n']);
  });

  test('is refused at the write, when another commits after it has opened', async () => {
    const file = ada.openToEdit('x');
    await bob.overwrite('x', 'two\n');
    expect(await said(async () => ada.writeTo(file, 'mi'))).toBe('conflict');
    await ada.close(file);
    expect(head()).toBe('two\n');
    expect(conflicts()).toEqual([['one\n', 'mie\n', 'two\n']]);
  });

  test('is refused at the close, when another commits after it has written; then at its next open', async () => {
    ada.read('x');
    const file = ada.openToOverwrite('x');
    ada.writeTo(file, 'mine\n');
    await bob.overwrite('x', 'two\n');
    expect(await said(() => ada.close(file))).toBe('conflict');
    expect(head()).toBe('two\n');
    expect(conflicts()).toEqual([['one\n', 'mine\n', 'two\n']]);
    expect(ada.invalidated).toContain(ada.ino('x'));
    expect(await ada.overwrite('x', 'again\n')).toBe('conflict');
    expect(ada.read('x')).toBe('two\n');
    expect(await ada.overwrite('x', 'again\n')).toBe('ok');
  });

  test('that changed a part of what it never read is refused all the same', async () => {
    const file = bob.openToPatch('x');
    bob.writeTo(file, 'ON');
    await ada.overwrite('x', 'two\n');
    expect(await said(() => bob.close(file))).toBe('conflict');
    expect(conflicts()).toEqual([['one\n', 'ONe\n', 'two\n']]);
    expect(await bob.overwrite('x', 'again\n')).toBe('conflict');
  });

  test('keeps what it wrote when its mount ends before it could be told', async () => {
    ada.read('x');
    const file = ada.openToOverwrite('x');
    ada.writeTo(file, 'mine\n');
    await bob.overwrite('x', 'two\n');
    ada.fs.destroy();
    expect(conflicts()).toEqual([['one\n', 'mine\n', 'two\n']]);
    expect(head()).toBe('two\n');
  });

  test('keeps it over a crash between the write and the close', async () => {
    ada.read('x');
    const file = ada.openToOverwrite('x');
    ada.writeTo(file, 'mine\n');
    await bob.overwrite('x', 'two\n');
    await volume.store.sync();
    volume.crash();
    ada = new Agent(volume.store, 11, 'ada');
    expect(await said(() => ada.close(file))).toBe('conflict');
    expect(conflicts()).toEqual([['one\n', 'mine\n', 'two\n']]);
  });

  test('observes by reading alone: neither its own append nor stat tell it anything', async () => {
    ada.read('x');
    await bob.append('x', 'b\n');
    await ada.append('x', 'a\n');
    ada.fs.getattr(ada.context, ada.ino('x'), null);
    expect(await ada.overwrite('x', 'mine\n')).toBe('conflict');
  });

  test('that holds a lock knows what the last holder wrote', async () => {
    const file = ada.openToEdit('x');
    await bob.overwrite('x', 'two\n');
    const lock = { kind: 'posix', owner: 1n, type: 'write', start: 0n, end: 9n, pid: 1 } as const;
    await ada.fs.setlk(ada.context, file.ino, file.handle, lock, false);
    ada.writeTo(file, 'TW');
    await ada.close(file);
    expect(head()).toBe('TWo\n');
  });
});

test('the command line keeps to what its session has read on a mount', async () => {
  ada.read('x');
  await bob.overwrite('x', 'two\n');
  const { memory } = volume.store.show('/x').record;
  const actor = { agent: 'ada', session: 'sesn_ada' };
  expect(() => volume.store.write('/x', Buffer.from('mine\n'), actor)).toThrow('another session');
  expect(volume.store.write('/x', Buffer.from('mine\n'), actor, sha('two\n')).memory).toBe(memory);
  expect(volume.store.write('/x', Buffer.from('last\n'), { ...actor, session: 'sesn_new' }).memory).toBe(
    memory,
  );
});

describe('a file without a name', () => {
  test('takes what is written to it, whatever others had made of it', async () => {
    ada.read('x');
    const file = ada.openToOverwrite('x');
    bob.read('x');
    expect(await bob.overwrite('x', 'two\n')).toBe('ok');
    expect(await bob.unlink('x')).toBe('ok');
    expect(await said(async () => ada.writeTo(file, 'mine\n'))).toBe('ok');
    expect(await said(() => ada.close(file))).toBe('ok');
    expect(conflicts()).toEqual([]);
  });

  test('can be cut', async () => {
    ada.read('x');
    const file = ada.openToPatch('x');
    bob.read('x');
    expect(await bob.overwrite('x', 'two\n')).toBe('ok');
    expect(await bob.unlink('x')).toBe('ok');
    const cut = async () => void ada.fs.setattr(ada.context, file.ino, { size: 0, handle: file.handle });
    expect(await said(cut)).toBe('ok');
  });
});

describe('an editor that moves the old file to a backup', () => {
  test('goes on with the memory', async () => {
    const { memory } = volume.store.show('/x').record;
    ada.read('x');
    await ada.rename('x', 'x.bak');
    expect(await ada.overwrite('x', 'saved\n')).toBe('ok');
    expect(volume.store.show('/x').record.memory).toBe(memory);
  });

  test('is refused when another session changed it before, and leaves no empty file', async () => {
    ada.read('x');
    await bob.overwrite('x', 'two\n');
    await ada.rename('x', 'x.bak');
    expect(await ada.overwrite('x', 'saved\n')).toBe('conflict');
    expect(() => ada.ino('x')).toThrow('x');
    expect(await ada.rename('x.bak', 'x')).toBe('ok');
    expect(head()).toBe('two\n');
    expect(conflicts()).toEqual([['one\n', 'saved\n', 'two\n']]);
  });
});

describe('a strict mount', () => {
  test('overwrites only what its session has read or written', async () => {
    const eve = new Agent(volume.store, 13, 'eve', { precondition: 'strict' });
    expect(await eve.overwrite('x', 'mine\n')).toBe('conflict');
    expect(await eve.unlink('x')).toBe('conflict');
    expect(await eve.append('x', 'more\n')).toBe('ok');
    await eve.overwrite('y', 'new\n');
    expect(await eve.overwrite('y', 'newer\n')).toBe('ok');
    await bob.append('x', 'b\n');
    expect(await eve.overwrite('x', 'mine\n')).toBe('conflict');
    eve.read('x');
    expect(await eve.overwrite('x', 'mine\n')).toBe('ok');
  });
});

describe('a mount without preconditions', () => {
  test('overwrites whatever is there, and every version is kept', async () => {
    const eve = new Agent(volume.store, 13, 'eve', { precondition: 'off' });
    eve.read('x');
    const file = eve.openToEdit('x');
    eve.writeTo(file, 'e');
    await bob.overwrite('x', 'two\n');
    expect(await said(() => eve.close(file))).toBe('ok');
    expect(head()).toBe('ene\n');
    expect(conflicts()).toEqual([]);
    expect(volume.journal('/x')).toEqual(['created /x', 'modified /x', 'modified /x']);
  });
});

describe('user.memfs.if_match', () => {
  const name = 'user.memfs.if_match';

  test('lets one write through, and only over that content', async () => {
    ada.read('x');
    await bob.overwrite('x', 'two\n');
    expect(await ada.setAttribute('x', name, sha('other'))).toBe('ok');
    expect(await ada.overwrite('x', 'mine\n')).toBe('conflict');
    expect(await ada.setAttribute('x', name, sha('two\n'))).toBe('ok');
    expect(ada.fs.getxattr(ada.context, ada.ino('x'), name).toString()).toBe(sha('two\n'));
    expect(await ada.overwrite('x', 'mine\n')).toBe('ok');
    expect(() => ada.fs.getxattr(ada.context, ada.ino('x'), name)).toThrow('not set');
  });

  test('holds until the close', async () => {
    await ada.setAttribute('x', name, sha('one\n'));
    const file = ada.openToOverwrite('x');
    ada.writeTo(file, 'mine\n');
    await bob.overwrite('x', 'two\n');
    expect(await said(() => ada.close(file))).toBe('conflict');
  });

  test('is of one session, survives a crash, and can be taken back', async () => {
    await ada.setAttribute('x', name, sha('other'));
    volume.crash();
    ada = new Agent(volume.store, 11, 'ada');
    bob = new Agent(volume.store, 12, 'bob');
    expect(await bob.overwrite('x', 'two\n')).toBe('ok');
    expect(await ada.unlink('x')).toBe('conflict');
    ada.fs.removexattr(ada.context, ada.ino('x'), name);
    expect(await ada.unlink('x')).toBe('ok');
  });

  test('is a SHA-256 of a memory', async () => {
    expect(await ada.setAttribute('x', name, 'abc')).toBe('invalid');
    expect(ada.fs.listxattr(ada.context, ada.ino('x'))).toEqual([]);
  });
});

describe('a mount that merges', () => {
  const lines = (...changed: [number, string][]): string => {
    const text = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const [index, line] of changed) text[index] = line;
    return `${text.join('\n')}\n`;
  };
  let eve: Agent;

  beforeEach(async () => {
    eve = new Agent(volume.store, 13, 'eve', { onConflict: 'merge' });
    await ada.overwrite('x', lines());
    eve.read('x');
    await bob.overwrite('x', lines([0, 'bob']));
  });

  test('puts both changes into one version', async () => {
    expect(await eve.overwrite('x', lines([6, 'eve']))).toBe('ok');
    expect(head()).toBe(lines([0, 'bob'], [6, 'eve']));
    expect(volume.journal('/x').at(-1)).toBe('merged /x');
    expect(eve.invalidated).toContain(eve.ino('x'));
    expect(eve.read('x')).toBe(head());
  });

  test('does so for a file that is renamed over it', async () => {
    await eve.overwrite('new', lines([6, 'eve']));
    expect(await eve.rename('new', 'x')).toBe('ok');
    expect(head()).toBe(lines([0, 'bob'], [6, 'eve']));
  });

  test('refuses what contradicts', async () => {
    expect(await eve.overwrite('x', lines([0, 'eve']))).toBe('conflict');
    expect(head()).toBe(lines([0, 'bob']));
    expect(conflicts()).toEqual([[lines(), lines([0, 'eve']), lines([0, 'bob'])]]);
  });
});

describe('processes on one mount', () => {
  test('are sessions of their own when they say so', async () => {
    const claims = new Map([
      [7, { agent: 'seven', session: 'sesn_seven', claimed: true }],
      [8, { agent: 'eight', session: 'sesn_eight', claimed: true }],
    ]);
    const shared = new Agent(volume.store, 13, 'shared', { claimOf: (pid) => claims.get(pid) });
    shared.pid = 7;
    shared.read('x');
    shared.pid = 8;
    shared.read('x');
    expect(await shared.overwrite('x', 'eight\n')).toBe('ok');
    shared.pid = 7;
    expect(await shared.overwrite('x', 'seven\n')).toBe('conflict');
    shared.pid = 1;
    expect(await shared.overwrite('x', 'mount\n')).toBe('ok');
    const said = [...volume.store.log({ path: '/x' })].map(
      ({ session, claimed, mount }) => `${session} ${claimed} ${mount}`,
    );
    expect(said).toEqual(['sesn_ada false 11', 'sesn_eight true 13', 'sesn_shared false 13']);
  });
});
