import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Catalog, type MountPlan } from '../../../src/daemon/catalog.js';

let directory: string;
let path: string;
let catalog: Catalog;
let other: Database.Database;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-catalog-'));
  path = join(directory, 'catalog.db');
  catalog = new Catalog(path);
  catalog.addStore({ id: 'memstore_a', name: 'a', description: '', created_at: '', archived: 0 });
  other = new Database(path);
});
afterEach(() => {
  other.close();
  catalog.close();
  rmSync(directory, { recursive: true, force: true });
});

const plan = (at: string): MountPlan => ({
  path: at,
  store: 'memstore_a',
  branch: 'main',
  scope: 'read_write',
  agent: 'ada',
  session: 'sesn_ada',
  allow_other: 0,
  suid_dev: 0,
  allow: '[]',
  precondition: 'observed',
  on_conflict: 'refuse',
  at: null,
  for_run: null,
});

const mountsInFile = (): unknown[] =>
  other.prepare('SELECT connection, problem FROM mounts WHERE wanted = 1').all();

/** The daemon's catalog is locked by another program. */
const lock = (): void => void other.exec('BEGIN IMMEDIATE');

test('what is promised to somebody is refused while the file cannot be written', () => {
  const { connection } = catalog.addMount(plan('/m'));
  lock();
  expect(() => catalog.setArchived('memstore_a', true)).toThrow(expect.objectContaining({ code: 'busy' }));
  expect(() => catalog.addMount(plan('/n'))).toThrow(/locked/);
  catalog.setProblem(connection, 'one');
  expect(() => catalog.setArchived('memstore_a', true)).toThrow(/locked/);
  expect(catalog.getStore('a').archived).toBe(0);
  other.exec('ROLLBACK');
  catalog.setArchived('memstore_a', true);
  expect(catalog.getStore('a').archived).toBe(1);
});

test('how things stand is noted all the same, and written when it can be', () => {
  const { connection } = catalog.addMount(plan('/m'));
  lock();
  catalog.setProblem(connection, 'one');
  catalog.setNegotiated(connection, '{}');
  expect(catalog.findMount('/m')).toMatchObject({ connection, problem: 'one', negotiated: '{}' });
  const renewed = catalog.renewMount(catalog.findMount('/m')!);
  catalog.setProblem(renewed.connection, 'two');
  expect(catalog.listMounts()).toMatchObject([{ connection: renewed.connection, problem: 'two' }]);
  expect(mountsInFile()).toEqual([{ connection, problem: null }]);
  other.exec('ROLLBACK');
  catalog.close();
  expect(mountsInFile()).toEqual([{ connection: renewed.connection, problem: 'two' }]);
  catalog = new Catalog(path);
  expect(catalog.addMount(plan('/n')).connection).toBeGreaterThan(renewed.connection);
});

test('a connection that was only noted when the engine died is not given out again', () => {
  const { connection } = catalog.addMount(plan('/m'));
  lock();
  const noted = catalog.renewMount(catalog.findMount('/m')!).connection;
  other.exec('ROLLBACK');
  // What the next engine finds: the noted one is not in the file.
  const next = new Catalog(path);
  const again = next.addMount(plan('/m')).connection;
  next.close();
  expect(again).toBeGreaterThan(connection);
  expect(again).not.toBe(noted);
});

test('it is opened while it is locked', () => {
  lock();
  catalog.close();
  catalog = new Catalog(path);
  expect(catalog.listStores()).toMatchObject([{ name: 'a' }]);
  catalog.beginEpoch({ pid: 1, identity: 'x' });
  expect(catalog.lastEngine()).toEqual({ pid: 1, identity: 'x' });
  other.exec('ROLLBACK');
});

test('one in memory leaves no file behind', () => {
  new Catalog(':memory:').close();
  expect(existsSync(':memory:-shm')).toBe(false);
});
