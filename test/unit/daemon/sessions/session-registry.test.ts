import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Catalog, type MountRow } from '../../../../src/daemon/catalog.js';
import { SessionRegistry } from '../../../../src/daemon/sessions/session-registry.js';
import type { GrantRow } from '../../../../src/daemon/sessions/session-table.js';

let directory: string;
let catalog: Catalog;
let registry: SessionRegistry;
let live: Set<number>;
let inUse: Set<string>;
let failures: unknown[];

function open(capacity = 1000): void {
  let time = 0;
  catalog = new Catalog(join(directory, 'catalog.db'));
  registry = new SessionRegistry({
    table: catalog.sessions,
    now: () => new Date(Date.UTC(2026, 0, 1) + 1000 * time++).toISOString(),
    isInUse: (session) => inUse.has(session),
    isLive: (connection) => live.has(connection),
    failed: (error) => void failures.push(error),
    capacity,
  });
}

/** As after the death of the engine. */
function again(capacity?: number): void {
  catalog.close();
  open(capacity);
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-registry-'));
  live = new Set();
  inUse = new Set();
  failures = [];
  open();
  for (const id of ['memstore_a', 'memstore_b'])
    catalog.addStore({ id, name: id, description: '', created_at: '2026-01-01T00:00:00.000Z', archived: 0 });
});
afterEach(() => {
  catalog.close();
  rmSync(directory, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

function mount(session: string, pattern: string, more: Partial<MountRow> = {}): MountRow {
  const row = catalog.addMount({
    path: `/mnt/${Math.random()}`,
    store: 'memstore_a',
    branch: 'main',
    scope: 'read_write',
    agent: `agent of ${session}`,
    session,
    allow_other: 0,
    suid_dev: 0,
    allow: JSON.stringify([{ pattern, access: 'ro' }]),
    precondition: 'observed',
    on_conflict: 'refuse',
    at: null,
    for_run: null,
    by_session: 0,
    ...more,
  });
  live.add(row.connection);
  return row;
}

function mounted(session: string, pattern: string, more: Partial<MountRow> = {}): MountRow {
  const row = mount(session, pattern, more);
  registry.mounted(row, catalog.othersOf(row));
  return row;
}

/** By the owner; else by the session. */
function unmount(row: MountRow, byOwner = true): GrantRow | undefined {
  catalog.dropMount(row.connection);
  live.delete(row.connection);
  return byOwner ? registry.unmounted(row, catalog.othersOf(row)) : undefined;
}

/** The patterns that it was given, by store. */
const given = (session: string): string[] =>
  registry
    .grants(session)
    .map(({ store, allow }) => `${store.at(-1)} ${(JSON.parse(allow) as { pattern: string }[])[0]!.pattern}`)
    .sort();

describe('what the owner mounts for a session', () => {
  it('is what it may do, for ever', () => {
    const row = mounted('intern', 'open/**');
    live.delete(row.connection);
    again();
    expect(registry.find('intern')).toMatchObject({ origin: 'mount', agent: 'agent of intern' });
    expect(given('intern')).toEqual(['a open/**']);
  });

  it('takes the place of what was mounted before, of the same store and branch, and is gone', () => {
    unmount(mounted('intern', 'open/**'));
    mounted('intern', 'wide/**');
    mounted('intern', 'other/**', { store: 'memstore_b' });
    expect(given('intern')).toEqual(['a wide/**', 'b other/**']);
  });

  it('is besides the first that is there, which decides', () => {
    mounted('intern', 'open/**');
    mounted('intern', 'wide/**');
    expect(given('intern')).toEqual(['a open/**']);
  });

  it('is not kept from deciding by what the session has mounted itself', () => {
    const wide = mounted('intern', 'wide/**');
    mount('intern', 'wide/**', { by_session: 1 });
    unmount(wide);
    mounted('intern', 'open/**');
    expect(given('intern')).toEqual(['a open/**']);
  });

  it('is forgotten with the store', () => {
    mounted('intern', 'open/**');
    catalog.removeStore('memstore_a');
    expect(given('intern')).toEqual([]);
  });
});

describe('what is unmounted', () => {
  it.each(['open first', 'wide first'])('by the owner is taken away while another is there (%s)', (order) => {
    const patterns = order === 'open first' ? ['open/**', 'wide/**'] : ['wide/**', 'open/**'];
    const mounts = new Map(patterns.map((pattern) => [pattern, mounted('intern', pattern)]));
    unmount(mounts.get('wide/**')!);
    unmount(mounts.get('open/**')!, false);
    again();
    expect(given('intern')).toEqual(['a open/**']);
  });

  it('by the session changes nothing', () => {
    const open = mounted('intern', 'open/**');
    mounted('intern', 'wide/**');
    unmount(open, false);
    expect(given('intern')).toEqual(['a open/**']);
  });

  it('by the owner takes nothing away that another mount gives', () => {
    const wide = mounted('intern', 'wide/**');
    mounted('intern', 'open/**');
    mounted('intern', 'wide/**');
    unmount(wide);
    expect(given('intern')).toEqual(['a wide/**']);
  });

  it('by the owner as the last one of a store leaves what the session may do', () => {
    mounted('intern', 'other/**', { store: 'memstore_b' });
    unmount(mounted('intern', 'open/**'));
    expect(given('intern')).toEqual(['a open/**', 'b other/**']);
  });

  it('and could not be, is given back', () => {
    const wide = mounted('intern', 'wide/**');
    mounted('intern', 'open/**');
    const withdrawn = unmount(wide)!;
    catalog.keepMount(wide.connection);
    registry.giveBack(withdrawn);
    expect(given('intern')).toEqual(['a wide/**']);
  });
});

describe('a session that is seen on the mount of another', () => {
  it('gets its scope when nobody has begun it, and is marked as claimed', () => {
    registry.seen('a1', 'ada', mounted('team', 'open/**'), false);
    again();
    expect(registry.find('a1')).toMatchObject({ origin: 'claimed', agent: 'ada' });
    expect(given('a1')).toEqual(['a open/**']);
  });

  it('keeps the first scope while that mount is there, and then takes the next', () => {
    const first = mounted('team', 'open/**');
    registry.seen('a1', 'ada', first, false);
    registry.seen('a1', 'ada', mounted('boss', '**'), false);
    expect(given('a1')).toEqual(['a open/**']);
    live.delete(first.connection);
    registry.seen('a1', 'ada', mounted('boss', 'narrow/**'), false);
    expect(given('a1')).toEqual(['a narrow/**']);
  });

  it.each([false, true])('gets nothing there when it has mounts of its own (in its tree: %s)', (inTree) => {
    mounted('intern', 'open/**');
    registry.seen('intern', 'ada', mounted('boss', '**', { store: 'memstore_b' }), inTree);
    registry.seen('intern', 'ada', mounted('boss', '**'), inTree);
    expect(given('intern')).toEqual(['a open/**']);
  });

  it('that was begun for processes alone gets what they work on, and nothing for who only names it', () => {
    registry.begin('shell', 'ada', 'begin');
    const team = mounted('team', 'open/**');
    registry.seen('shell', 'ada', team, false);
    expect(given('shell')).toEqual([]);
    again();
    registry.seen('shell', 'ada', team, true);
    expect(given('shell')).toEqual(['a open/**']);
  });

  it('loses what it had by that when the owner begins it or mounts something for it', () => {
    registry.seen('a1', 'ada', mounted('team', 'open/**'), false);
    registry.seen('a2', 'ada', mounted('team', 'open/**'), false);
    mounted('a1', 'own/**', { store: 'memstore_b' });
    registry.begin('a2', 'ada', 'begin');
    expect(given('a1')).toEqual(['b own/**']);
    expect(given('a2')).toEqual([]);
    expect(registry.find('a2')).toMatchObject({ origin: 'begin' });
  });

  it('is written down once', () => {
    const team = mounted('team', 'open/**');
    registry.seen('a1', 'ada', team, false);
    catalog.sessions.remove('a1');
    registry.seen('a1', 'ada', team, false);
    expect(given('a1')).toEqual([]);
  });

  it('is refused by nothing but a full disk, and then gets nothing', () => {
    const team = mounted('team', 'open/**');
    catalog.close();
    registry.seen('a1', 'ada', team, false);
    expect(failures.splice(0)).toHaveLength(1);
    open();
    expect(registry.find('a1')).toBeUndefined();
  });
});

describe('a session that has ended', () => {
  it('stays ended, and gets nothing new', () => {
    registry.begin('shell', 'ada', 'begin');
    registry.end('shell');
    registry.seen('shell', 'ada', mounted('team', 'open/**'), true);
    again();
    expect(registry.isEnded('shell')).toBe(true);
    expect(given('shell')).toEqual([]);
  });

  it.each(['begin', 'mount'] as const)('is begun anew by %s', (how) => {
    mounted('intern', 'open/**');
    registry.end('intern');
    if (how === 'begin') registry.begin('intern', 'ada', 'begin');
    else mounted('intern', 'open/**');
    expect(registry.isEnded('intern')).toBe(false);
  });

  it('is ended once', () => {
    registry.begin('shell', 'ada', 'begin');
    const first = registry.end('shell')!.ended_at;
    expect(registry.end('shell')!.ended_at).toBe(first);
    expect(registry.end('nobody')).toBeUndefined();
  });
});

it('keeps how a session was begun when something more is mounted for it', () => {
  registry.begin('shell', 'ada', 'run');
  mounted('shell', 'open/**');
  expect(registry.find('shell')).toMatchObject({ origin: 'run' });
});

it('forgets the oldest that nobody uses, claimed ones for claimed ones', () => {
  again(3);
  for (const session of ['b1', 'b2', 'b3']) registry.begin(session, 'ada', 'begin');
  inUse.add('b1');
  const team = mount('b1', 'open/**');
  for (const session of ['c1', 'c2', 'c3', 'c4', 'c5']) registry.seen(session, 'ada', team, false);
  expect(registry.list().map(({ id }) => id)).toEqual(['b1', 'b2', 'b3', 'c3', 'c4', 'c5']);
  registry.begin('b4', 'ada', 'begin');
  registry.begin('b3', 'ada', 'begin');
  again(3);
  expect(
    registry
      .list()
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['b1', 'b3', 'b4', 'c3', 'c4', 'c5']);
  expect(given('c1')).toEqual([]);
});
