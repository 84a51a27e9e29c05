import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Catalog } from '../../../../src/daemon/catalog.js';
import { runInWorker } from '../../../../src/daemon/stores/run-in-worker.js';
import { Stores } from '../../../../src/daemon/stores/stores.js';
import { createStore } from '../../../../src/vfs/store/create-store.js';
import { openStore } from '../../../../src/vfs/store/open-store.js';

let directory: string;
let catalog: Catalog;
let stores: Stores;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-store-damage-'));
  mkdirSync(join(directory, 'stores'));
  catalog = new Catalog(join(directory, 'catalog.db'));
  const factory = { open: openStore, create: createStore, run: runInWorker };
  stores = new Stores(directory, catalog, factory, { maxFileBytes: 1000, unversioned: [] }, new Set());
});
afterEach(() => {
  stores.close();
  catalog.close();
  rmSync(directory, { recursive: true });
});

it.each<[string, (path: string) => void, RegExp]>([
  ['is missing', (path) => rmSync(path), /cannot be used, its file is missing/],
  ['is empty', (path) => writeFileSync(path, ''), /is damaged: its file is empty/],
  ['is no database', (path) => writeFileSync(path, 'x'.repeat(9000)), /is damaged: file is not a database/],
])(
  'a store whose file %s is named, with what to do next, and listed with that',
  async (_, damage, message) => {
    const row = stores.create("it's", '');
    expect(stores.problem(row)).toBeNull();
    damage(stores.path(row.id));
    const error = {
      code: 'corrupt',
      message: expect.stringMatching(message),
      hint: expect.stringContaining("'it'\\''s'"),
    };
    expect(() => stores.get(row.id)).toThrow(expect.objectContaining(error));
    expect(stores.problem(row)).toMatch(/damaged|missing/);
  },
);

it('what an open store throws is explained, unless it says itself what to do', () => {
  const row = stores.create('notes', '');
  const raw = Object.assign(new Error('database disk image is malformed'), { code: 'SQLITE_CORRUPT' });
  expect(stores.explained(row.id, raw)).toMatchObject({
    code: 'corrupt',
    message: 'the store "notes" is damaged: database disk image is malformed',
    hint: expect.stringContaining('memfsd store salvage notes'),
  });
  stores.get(row.id).setDamaged('record 3');
  expect(stores.problem(row)).toBe('damaged: record 3');
});
