import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Catalog } from '../../../../src/daemon/catalog.js';
import { RetentionSchedule } from '../../../../src/daemon/stores/retention-schedule.js';
import { runInWorker } from '../../../../src/daemon/stores/run-in-worker.js';
import { Stores } from '../../../../src/daemon/stores/stores.js';
import { systemClock } from '../../../../src/vfs/store/clock.js';
import { createStore } from '../../../../src/vfs/store/create-store.js';
import { openStore } from '../../../../src/vfs/store/open-store.js';

const actor = { agent: 'a', session: 's' };
let directory: string;
let stores: Stores;
let catalog: Catalog;
let daysLater: number;
let schedule: RetentionSchedule;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-retention-'));
  mkdirSync(join(directory, 'stores'));
  catalog = new Catalog(join(directory, 'catalog.db'));
  const factory = { open: openStore, create: createStore, run: runInWorker };
  stores = new Stores(directory, catalog, factory, { maxFileBytes: 1000, unversioned: [] }, new Set());
  daysLater = 0;
  const clock = systemClock();
  const later = () => ({ ...clock(), ms: clock().ms + daysLater * 86_400_000 });
  schedule = new RetentionSchedule(catalog, stores, later, pino({ level: 'silent' }));
});
afterEach(() => {
  schedule.stop();
  stores.close();
  catalog.close();
  rmSync(directory, { recursive: true });
});

const pruned = (id: string): number =>
  [...stores.get(id).log({})].filter(({ operation }) => operation === 'pruned').length;

const write = (id: string, ...texts: string[]): void => {
  for (const text of texts) stores.get(id).write('/a.md', Buffer.from(text), actor);
};

it('carries out the policies of all stores, each once a day, archived ones never', async () => {
  const [first, second, archived, free] = ['first', 'second', 'archived', 'free'].map((name) => {
    const { id } = stores.create(name, '');
    write(id, '1', '2', '3');
    if (name !== 'free') stores.get(id).retention = { keepDays: null, keepVersions: 1 };
    return id;
  });
  catalog.setArchived(archived!, true);
  const counts = (): number[] => [first, second, archived, free].map((id) => pruned(id!));
  await schedule.run();
  expect(counts()).toEqual([1, 1, 0, 0]);
  write(first!, '4', '5');
  await schedule.run();
  expect(counts()).toEqual([1, 1, 0, 0]);
  daysLater = 1;
  await schedule.run();
  expect(counts()).toEqual([2, 1, 0, 0]);
});
