import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemfsError } from '../../src/core/errors.js';
import { openStore } from '../../src/vfs/store/open-store.js';
import type { LimitReached, Store, StoreOptions, WriteLimitOptions } from '../../src/vfs/store.js';
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
    expect(await ada.truncate('third', 0)).toBe('ok');
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
