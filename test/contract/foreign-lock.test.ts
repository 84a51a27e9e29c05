import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Volume } from './support/volume.js';

let volume: Volume;
let other: Database.Database;
beforeEach(() => {
  volume = new Volume();
  volume.write('/a.md', 'one');
  // Commits the group.
  volume.store.statistics();
  other = new Database(volume.path);
  other.exec('BEGIN EXCLUSIVE');
});
afterEach(() => {
  other.close();
  volume.destroy();
});

test('a change of a store that another program has locked is refused at once, and nothing waits for it', () => {
  const began = performance.now();
  for (let i = 0; i < 100; i++)
    expect(() => volume.mkdir(`/d${i}`)).toThrow(expect.objectContaining({ code: 'busy' }));
  // Each waited for 2 s once.
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(volume.store.trouble).toMatch(/another program has locked/);
});

test('it can be read meanwhile, and synced', async () => {
  expect(() => volume.write('/a.md', 'two')).toThrow(/locked/);
  expect(volume.read('/a.md')).toBe('one');
  expect(volume.journal()).toEqual(['created /a.md']);
  await volume.store.sync();
});

test('when the lock is gone, changes are taken at once', () => {
  expect(() => volume.mkdir('/d')).toThrow(/locked/);
  other.exec('ROLLBACK');
  volume.mkdir('/d');
  volume.write('/d/b.md', 'two');
  expect(volume.verify()).toMatchObject({ ok: true });
});

test('the trouble is over without a change, too', async () => {
  expect(() => volume.mkdir('/d')).toThrow(/locked/);
  other.exec('ROLLBACK');
  while (volume.store.trouble !== null) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('a store is opened while it is locked', () => {
  volume.crash();
  other.exec('ROLLBACK');
  const again = new Database(volume.path);
  again.exec('BEGIN EXCLUSIVE');
  volume.store.close();
  volume.open();
  expect(volume.read('/a.md')).toBe('one');
  again.close();
  volume.mkdir('/d');
});
