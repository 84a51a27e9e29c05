import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Catalog, type MountPlan } from '../../../src/daemon/catalog.js';

let directory: string;
let catalog: Catalog;

const path = (): string => join(directory, 'catalog.db');
const store = {
  id: 'memstore_a',
  name: 'team',
  description: '',
  created_at: '2026-01-01T00:00:00.000Z',
  archived: 0 as const,
};
const plan: MountPlan = {
  for_run: null,
  by_session: 0,
  path: '/mnt/team',
  store: store.id,
  branch: 'main',
  scope: 'read_write',
  agent: 'a',
  session: 'sesn_a',
  allow_other: 0,
  suid_dev: 0,
  allow: '[]',
  precondition: 'observed',
  on_conflict: 'refuse',
  at: null,
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-catalog-'));
  catalog = new Catalog(path());
});
afterEach(() => {
  catalog.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('stores', () => {
  it('are found by id and by name', () => {
    catalog.addStore(store);
    expect(catalog.getStore('team')).toEqual(store);
    expect(catalog.getStore('memstore_a')).toEqual(store);
    expect(() => catalog.getStore('other')).toThrow(expect.objectContaining({ code: 'not_found' }));
  });

  it('have unique names, and none like the id of another', () => {
    catalog.addStore(store);
    for (const name of ['team', 'memstore_a'])
      expect(() => catalog.addStore({ ...store, id: 'memstore_b', name })).toThrow(
        expect.objectContaining({ code: 'already_exists' }),
      );
  });
});

describe('mounts', () => {
  beforeEach(() => catalog.addStore(store));

  it('never get a connection id twice, not even over restarts', () => {
    const first = catalog.addMount(plan).connection;
    catalog.dropMount(first);
    catalog.close();
    catalog = new Catalog(path());
    expect(catalog.addMount(plan).connection).toBeGreaterThan(first);
  });

  it('are wanted once per path', () => {
    const first = catalog.addMount(plan);
    const second = catalog.addMount(plan);
    expect(catalog.listMounts().map(({ connection }) => connection)).toEqual([second.connection]);
    expect(second.connection).not.toBe(first.connection);
  });

  it('may be dropped and kept after all', () => {
    const { connection } = catalog.addMount(plan);
    catalog.dropMount(connection);
    expect(catalog.findMount(plan.path)).toBeUndefined();
    catalog.keepMount(connection);
    expect(catalog.findMount(plan.path)).toMatchObject({ connection });
  });

  it('keep what was negotiated', () => {
    const { connection } = catalog.addMount(plan);
    catalog.setNegotiated(connection, '{"minor":44}');
    expect(catalog.findMount(plan.path)).toMatchObject({ negotiated: '{"minor":44}' });
  });
});

it('opens the catalog of an earlier version, with its stores, mounts and epoch', () => {
  catalog.close();
  rmSync(path());
  const raw = new Database(path());
  raw.exec(readFileSync(new URL('../../../fixtures/catalogs/schema-1.sql', import.meta.url), 'utf8'));
  raw.close();
  catalog = new Catalog(path());
  expect(catalog.listStores()).toMatchObject([{ name: 'notes', description: 'what it is', archived: 0 }]);
  expect(catalog.listMounts()).toMatchObject([
    {
      path: '/mnt/notes',
      scope: 'read_only',
      allow: '[]',
      precondition: 'observed',
      on_conflict: 'refuse',
      for_run: null,
      by_session: 0,
    },
  ]);
  expect(catalog.beginEpoch({ pid: 7, identity: 'boot:1' })).toBe(8);
});

it('makes sessions of the mounts of an earlier version, each with what it was mounted with last', () => {
  catalog.close();
  rmSync(path());
  const raw = new Database(path());
  raw.exec(readFileSync(new URL('../../../fixtures/catalogs/schema-2.sql', import.meta.url), 'utf8'));
  raw.close();
  catalog = new Catalog(path());
  expect(catalog.sessions.all()).toMatchObject([
    {
      id: 'sesn_a',
      agent: 'cal',
      origin: 'mount',
      ended_at: null,
      begun_at: expect.stringMatching(/^20.*Z$/),
    },
    { id: 'sesn_intern', agent: 'ben', origin: 'mount' },
  ]);
  expect(catalog.sessions.grants('sesn_a')).toMatchObject([
    { branch: 'drm_x', scope: 'read_write', connection: 4 },
    { branch: 'main', scope: 'read_only', precondition: 'strict', connection: 3, claimed: 0 },
  ]);
  expect(catalog.sessions.grants('sesn_intern')).toMatchObject([
    { allow: '[{"pattern":"open/**","access":"ro"}]', scope: 'read_write' },
  ]);
});

it('counts the epochs and remembers the last engine', () => {
  expect(catalog.lastEngine()).toBeNull();
  const engine = { pid: 7, identity: 'boot:1' };
  expect(catalog.beginEpoch(engine)).toBe(1);
  expect(catalog.beginEpoch(engine)).toBe(2);
  expect(catalog.lastEngine()).toEqual(engine);
});

it('refuses the catalog of a newer version', () => {
  catalog.close();
  const raw = new Database(path());
  const version = raw.pragma('user_version', { simple: true });
  raw.pragma('user_version = 999');
  raw.close();
  expect(() => new Catalog(path())).toThrow(expect.objectContaining({ code: 'unsupported' }));
  const again = new Database(path());
  again.pragma(`user_version = ${version}`);
  again.close();
  catalog = new Catalog(path());
});
