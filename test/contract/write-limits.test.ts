import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemfsError } from '../../src/core/errors.js';
import type { LimitReached, WriteLimitOptions } from '../../src/core/limits.js';
import { openStore } from '../../src/vfs/store/open-store.js';
import type { Store, StoreOptions } from '../../src/vfs/store.js';
import { Agent } from './support/agent.js';
import { actor, options, Volume } from './support/volume.js';

const none: WriteLimitOptions = {
  store_bytes: 0,
  store_versions_per_minute: 0,
  session_bytes_per_minute: 0,
  session_versions_per_minute: 0,
};

let volume: Volume;
let now: number;
let reached: LimitReached[];
beforeEach(() => {
  volume = new Volume();
  now = Date.UTC(2027, 0, 1, 12);
  reached = [];
});
afterEach(() => {
  volume.store.close();
  rmSync(volume.directory, { recursive: true });
});

function under(limits: Partial<WriteLimitOptions>): StoreOptions {
  return {
    ...options,
    limits: { ...none, ...limits },
    now: () => now,
    onLimit: (each) => reached.push(each),
  };
}

/** Opened anew under these limits. */
function limited(limits: Partial<WriteLimitOptions>): Store {
  volume.store.close();
  volume.store = openStore(volume.path, under(limits));
  volume.fs = volume.attach();
  return volume.store;
}

const errorsOf = (agent: Agent): { code: string; cause: string; path: string; operation: string }[] => {
  const look = (parent: number, name: string): number =>
    agent.fs.lookup(agent.context, parent, Buffer.from(name)).attr!.ino;
  const ino = look(look(1, '.memfs'), 'errors.jsonl');
  const { handle } = agent.fs.open(agent.context, ino, 0, false) as { handle: number };
  const bytes = Buffer.concat(agent.fs.read(agent.context, ino, handle, 0, 1 << 20) as Uint8Array[]);
  return bytes
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
};

describe('versions of a session', () => {
  let store: Store;
  let ada: Agent;
  let bob: Agent;
  beforeEach(() => {
    store = limited({ session_versions_per_minute: 5 });
    ada = new Agent(store, 2, 'ada');
    bob = new Agent(store, 3, 'bob');
  });

  async function spend(agent: Agent): Promise<void> {
    for (let i = 0; i < 5; i++) expect(await agent.append('loop', `${i}\n`)).toBe('ok');
  }

  test('are refused where programs see it, before anything has changed', async () => {
    await spend(ada);
    expect(await ada.append('loop', 'more\n')).toBe('quota');
    expect(await ada.overwrite('loop', '')).toBe('quota');
    expect(await ada.overwrite('new', 'new')).toBe('quota');
    expect(await ada.rename('loop', 'moved')).toBe('quota');
    expect(ada.read('loop')).toBe('0\n1\n2\n3\n4\n');
  });

  test('are those of one session: another one goes on', async () => {
    await spend(ada);
    expect(await ada.append('loop', 'more\n')).toBe('quota');
    expect(await bob.append('loop', 'of bob\n')).toBe('ok');
    expect(await bob.overwrite('other', 'x')).toBe('ok');
  });

  test('may be made again in the next minute', async () => {
    await spend(ada);
    now += 59_999;
    expect(await ada.append('loop', 'too early\n')).toBe('quota');
    now += 1;
    expect(await ada.append('loop', 'again\n')).toBe('ok');
  });

  test('do not stand in the way of reading and of making room', async () => {
    await ada.overwrite('other', 'x');
    await ada.overwrite('third', 'x');
    for (let i = 0; i < 3; i++) await ada.append('loop', `${i}\n`);
    expect(await ada.append('loop', 'more\n')).toBe('quota');
    expect(ada.read('loop')).toBe('0\n1\n2\n');
    expect(await ada.unlink('other')).toBe('ok');
    const [first] = [...store.log({ path: '/loop' })];
    await expect(store.redact([first!.seq], actor)).resolves.toMatchObject({ conflicts: 0 });
  });

  test('that were written before are committed', async () => {
    const file = ada.openToOverwrite('late');
    for (let i = 0; i < 5; i++) await ada.append('loop', `${i}\n`).catch(() => {});
    const open = ada.open('late', 2);
    expect(() => ada.writeTo(open, 'refused')).toThrow(MemfsError);
    await ada.close(open);
    await ada.close(file);
    now += 60_000;
    const kept = ada.openToEdit('loop');
    ada.writeTo(kept, 'written in time', 0);
    for (let i = 0; i < 5; i++) await ada.overwrite(`fill-${i}`, 'x');
    expect(await ada.overwrite('over', 'x')).toBe('quota');
    await ada.close(kept);
    expect(bob.read('loop')).toMatch(/^written in time/);
  });

  test('are told of once in a minute: to the session, and to the log', async () => {
    await spend(ada);
    for (let i = 0; i < 50; i++) await ada.append('loop', 'more\n');
    const [line, ...others] = errorsOf(ada);
    expect(others).toEqual([]);
    expect(line).toMatchObject({ code: 'quota', path: '/loop', operation: 'open' });
    expect(line!.cause).toMatch(
      /5 versions within a minute.*limit is 5.*2027-01-01T12:01:00.000Z.*session_versions_per_minute/s,
    );
    expect(errorsOf(bob)).toEqual([]);
    expect(reached).toEqual([
      expect.objectContaining({ session: 'sesn_ada', limit: 'session_versions_per_minute' }),
    ]);
    now += 60_000;
    await spend(ada);
    await ada.append('loop', 'more\n');
    expect(errorsOf(ada).length).toBe(2);
  });

  test('are what truncate(2), an ACL and fallocate(2) make too', async () => {
    await ada.overwrite('file', 'x');
    for (let size = 2; size < 6; size++) expect(await ada.truncate('file', size)).toBe('ok');
    expect(await ada.truncate('file', 100)).toBe('quota');
    expect(await ada.truncate('file', 1)).toBe('quota');
    expect(await ada.truncate('file', 5)).toBe('ok');
    expect(() => ada.fs.setattr(ada.context, ada.ino('file'), { mode: 0o600 })).toThrow(/versions/);
    const acl = Buffer.from('0200000001000600ffffffff04000400ffffffff20000400ffffffff', 'hex');
    const setAcl = (agent: Agent): void =>
      agent.fs.setxattr(agent.context, agent.ino('file'), 'system.posix_acl_access', acl, 0, false);
    expect(() => setAcl(ada)).toThrow(/versions/);
    expect(() => setAcl(bob)).not.toThrow();
    const { ino, handle } = ada.openToEdit('file');
    expect(() => ada.fs.fallocate(ada.context, ino, handle, 0, 9, 0)).toThrow(/versions/);
    expect(await ada.rename('file', 'file.tmp')).toBe('quota');
  });

  test('are what is kept of refused writes too', async () => {
    await bob.overwrite('file', 'x');
    ada.read('file');
    await bob.overwrite('file', 'of bob');
    const stale = (): Promise<string> => ada.append('none', '').then(() => ada.overwrite('file', 'of ada'));
    const outcomes: string[] = [];
    for (let i = 0; i < 7; i++) outcomes.push(await stale());
    expect(outcomes.slice(0, 4)).toEqual(Array(4).fill('conflict'));
    expect(outcomes.at(-1)).toBe('quota');
  });

  test('do not count what is unversioned', async () => {
    for (let i = 0; i < 20; i++) expect(await ada.overwrite(`${i}.tmp`, 'x')).toBe('ok');
  });

  test('a name that is taken is said to be taken', async () => {
    await spend(ada);
    expect(() => ada.fs.mkdir(ada.context, 1, Buffer.from('loop'), 0o755)).toThrow(
      expect.objectContaining({ code: 'already_exists' }),
    );
  });

  test('hold for the API and the command line too', () => {
    const session = { agent: 'ada', session: 'sesn_cli' };
    for (let i = 0; i < 5; i++) store.write('/a.md', Buffer.from(`${i}`), session);
    const refused = expect.objectContaining({ code: 'quota', hint: expect.stringMatching(/12:01:00/) });
    expect(() => store.write('/a.md', Buffer.from('more'), session)).toThrow(refused);
    expect(() => store.restore('/a.md', 1, session)).toThrow(refused);
    const entry = {
      path: Buffer.from('/in.md'),
      kind: 'file',
      mode: 0o644,
      mtime: { sec: 0, nsec: 0 },
      size: 1,
    } as const;
    expect(() => store.importEntry({ ...entry, chunks: [Buffer.from('x')] }, session)).toThrow(refused);
    expect(() => store.remove('/a.md', session)).not.toThrow();
  });

  test('do not hold for an import of the owner', () => {
    for (let i = 0; i < 100; i++)
      store.importEntry(
        {
          path: Buffer.from(`/d/${i}.md`),
          kind: 'file',
          mode: 0o644,
          mtime: { sec: 0, nsec: 0 },
          size: 1,
          chunks: [Buffer.from('x')],
        },
        actor,
        true,
      );
    expect([...store.exportEntries()].length).toBe(101);
  });

  test('are not asked about when frames are carried out again', async () => {
    await spend(ada);
    expect(await ada.append('loop', 'more\n')).toBe('quota');
    volume.crash(under({ session_versions_per_minute: 1, store_bytes: 1, session_bytes_per_minute: 1 }));
    expect(volume.read('/loop')).toBe('0\n1\n2\n3\n4\n');
    const again = new Agent(volume.store, 9, 'ada');
    expect(errorsOf(again)).toMatchObject([{ code: 'quota' }]);
  });
});

test('versions of all sessions together are limited too', async () => {
  const store = limited({ store_versions_per_minute: 6 });
  const agents = ['ada', 'bob', 'cy'].map((name, i) => new Agent(store, i + 2, name));
  for (const [i, agent] of [...agents, ...agents].entries())
    expect(await agent.overwrite(`f${i}`, 'x')).toBe('ok');
  for (const agent of agents) expect(await agent.overwrite('more', 'x')).toBe('quota');
  for (const agent of agents) expect(errorsOf(agent)).toMatchObject([{ code: 'quota' }]);
  now += 60_000;
  expect(await agents[0]!.overwrite('more', 'x')).toBe('ok');
});

test('bytes of a session are limited, unversioned ones too', async () => {
  const store = limited({ session_bytes_per_minute: 10_000 });
  const ada = new Agent(store, 2, 'ada');
  expect(await ada.overwrite('a.tmp', 'x'.repeat(6_000))).toBe('ok');
  expect(await ada.overwrite('b', 'x'.repeat(6_000))).toBe('quota');
  expect(await ada.overwrite('b', 'x'.repeat(4_000))).toBe('ok');
  expect(await ada.append('b', 'x')).toBe('quota');
  expect(await new Agent(store, 3, 'bob').append('b', 'x')).toBe('ok');
});

test('what a store holds is limited, and room can be made', async () => {
  const store = limited({ store_bytes: 2_000_000 });
  const ada = new Agent(store, 2, 'ada');
  const outcomes: string[] = [];
  for (let i = 0; i < 40 && !outcomes.includes('quota'); i++) {
    outcomes.push(await ada.overwrite('big.tmp', `${i}`.padEnd(100_000)));
    outcomes.push(await ada.overwrite(`big-${i}`, `${i}`.padEnd(100_000)));
  }
  expect(outcomes.at(-1)).toBe('quota');
  expect(store.statistics().heldBytes).toBeLessThan(2_300_000);
  expect(await new Agent(store, 3, 'bob').overwrite('small', 'x')).toBe('quota');
  const owner = {
    path: Buffer.from('/in.md'),
    kind: 'file',
    mode: 0o644,
    mtime: { sec: 0, nsec: 0 },
  } as const;
  expect(() =>
    store.importEntry({ ...owner, size: 9, chunks: [Buffer.alloc(100_000)] }, actor, true),
  ).toThrow(expect.objectContaining({ code: 'quota', hint: expect.stringMatching(/retention/) }));
  expect(await ada.unlink('big.tmp')).toBe('ok');
  store.retention = { keepDays: null, keepVersions: 1 };
  for (let i = 0; i < 6; i++) expect(await ada.unlink(`big-${i}`)).toBe('ok');
  await store.prune(actor);
  now += 1_000;
  expect(await ada.overwrite('again', 'x')).toBe('ok');
});

test('a store that is full lets files be cut, not grown', async () => {
  await new Agent(limited({}), 2, 'ada').overwrite('file', 'x'.repeat(300_000));
  const ada = new Agent(limited({ store_bytes: 100_000 }), 2, 'ada');
  expect(await ada.truncate('file', 300_001)).toBe('quota');
  expect(await ada.truncate('file', 299_999)).toBe('ok');
  expect(await ada.truncate('file', 0)).toBe('ok');
});

test('the zeros that a file is grown by are bytes as far as they are stored', async () => {
  const store = limited({ session_bytes_per_minute: 300_000 });
  const ada = new Agent(store, 2, 'ada');
  await ada.overwrite('file', 'x');
  expect(await ada.truncate('file', 50 << 20)).toBe('ok');
  expect(await ada.truncate('file', 60 << 20)).toBe('ok');
  await ada.overwrite('other', 'x');
  expect(await ada.truncate('other', 50 << 20)).toBe('quota');
  const file = ada.openToEdit('other');
  expect(() => ada.writeTo(file, 'y', 1 << 20)).toThrow(expect.objectContaining({ code: 'quota' }));
  expect(() => ada.writeTo(file, 'y', 1)).not.toThrow();
});

describe('appends through one handle', () => {
  const appending = 0o2001;
  const full = 1 << 20;

  function appender(bytesPerMinute: number, { maxFileBytes = options.maxFileBytes } = {}) {
    volume.store.close();
    volume.store = openStore(volume.path, {
      ...under({ session_bytes_per_minute: bytesPerMinute }),
      maxFileBytes,
    });
    const ada = new Agent(volume.store, 2, 'ada');
    const file = ada.open('log', appending);
    let end = 0;
    /** One WRITE of its kernel. */
    const piece = (bytes: number): string => {
      try {
        ada.writeTo(file, 'x'.repeat(bytes), end, appending);
      } catch (error) {
        return (error as MemfsError).code;
      }
      end += bytes;
      return 'ok';
    };
    return { ada, piece };
  }

  test('are refused beyond the limit, wherever they end', () => {
    const { piece } = appender(10 * 131_072);
    for (let i = 0; i < 10; i++) expect(piece(131_072)).toBe('ok');
    for (let i = 0; i < 3; i++) expect(piece(131_072)).toBe('quota');
  });

  test('are not torn where the kernel cuts them because a WRITE is full', () => {
    const { piece } = appender(1_500_000);
    for (const bytes of [full, full, full - 4096, 10_000]) expect(piece(bytes)).toBe('ok');
    expect(piece(1)).toBe('quota');
  });

  test('nor at the end of the page that they began in', () => {
    const { piece } = appender(5_000);
    for (const bytes of [100, 3_996, 50_000]) expect(piece(bytes)).toBe('ok');
    expect(piece(1)).toBe('quota');
  });

  test('are no rest of what another thread has begun', () => {
    const { ada, piece } = appender(1_500_000);
    expect(piece(full)).toBe('ok');
    ada.pid = 2;
    expect(piece(full)).toBe('quota');
    ada.pid = 1;
    expect(piece(full)).toBe('ok');
  });

  test('that fill every WRITE go beyond it by the longest write(2) at most', () => {
    const { ada, piece } = appender(full, { maxFileBytes: 4 * full });
    let taken = 0;
    for (let round = 0; round < 3; round++) {
      while (taken < 100 && piece(full) === 'ok') taken++;
      ada.fs.setattr(ada.context, ada.ino('log'), { size: 0 });
    }
    expect(taken).toBe(4);
  });
});
