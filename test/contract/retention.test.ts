import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RetentionPolicy } from '../../src/core/model.js';
import { actor, Volume } from './support/volume.js';

const day = 86_400_000;
let volume: Volume;
let now: number;

beforeEach(() => {
  now = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => now);
  volume = new Volume();
});
afterEach(() => {
  expect(volume.verify()).toMatchObject({ ok: true, firstBad: null });
  vi.restoreAllMocks();
  volume.destroy();
});

const later = (days: number): void => {
  now += days * day;
};

/** Records whose contents are gone after the policy was carried out. */
async function gone(policy: RetentionPolicy): Promise<number[]> {
  volume.store.retention = policy;
  const expected = await volume.store.wouldPrune(policy);
  expect(await volume.store.prune(actor)).toEqual(expected);
  const records = [...volume.store.log({})];
  const removed = records.filter(({ removed_by }) => removed_by !== null).map(({ seq }) => seq);
  const said = records.filter(({ operation }) => operation === 'pruned').flatMap(({ removes }) => removes);
  expect(said.sort((a, b) => a - b)).toEqual(removed);
  return removed;
}

const write = (path: string, ...texts: string[]): void => {
  for (const text of texts) volume.write(path, text);
};

test('without a policy everything is kept', async () => {
  write('/a.md', '1', '2');
  expect(volume.store.retention).toBe(null);
  expect(await volume.store.prune(actor)).toEqual({ versions: 0, contents: 0, bytes: 0 });
});

test('a number of versions is kept of each memory', async () => {
  write('/a.md', 'a1', 'a2', 'a3', 'a4');
  write('/b.md', 'b1', 'b2');
  expect(await gone({ keepDays: null, keepVersions: 2 })).toEqual([1, 2]);
  expect(volume.read('/a.md')).toBe('a4');
  expect(() => volume.store.show('/a.md', 1)).toThrow(expect.objectContaining({ code: 'gone' }));
});

test('what was the present state within the days is kept, however old it is', async () => {
  write('/a.md', 'a1', 'a2');
  later(40);
  write('/a.md', 'a3');
  later(5);
  expect(await gone({ keepDays: 30, keepVersions: null })).toEqual([1]);
  later(30);
  expect(await gone({ keepDays: 30, keepVersions: null })).toEqual([1, 2]);
});

test('what one of two limits keeps is kept', async () => {
  write('/a.md', 'a1', 'a2', 'a3');
  later(10);
  write('/a.md', 'a4', 'a5');
  expect(await gone({ keepDays: 5, keepVersions: 3 })).toEqual([1, 2]);
});

test('a deleted memory goes by its age', async () => {
  write('/a.md', 'a1');
  volume.unlink('/a.md');
  volume.reopen();
  volume.store.retainConnections(new Set());
  later(10);
  expect(await gone({ keepDays: 20, keepVersions: null })).toEqual([]);
  later(20);
  expect(await gone({ keepDays: 20, keepVersions: null })).toEqual([1]);
});

test('the newest version of a living memory is never dropped', async () => {
  write('/a.md', 'a1', 'a2');
  volume.mkdir('/d');
  volume.rename('/a.md', '/d/a.md');
  later(1000);
  expect(await gone({ keepDays: 0, keepVersions: 1 })).toEqual([1]);
  expect(volume.read('/d/a.md')).toBe('a2');
});

test('a content that a kept version has as well stays', async () => {
  write('/a.md', 'same', 'other');
  write('/b.md', 'same');
  later(10);
  expect(await gone({ keepDays: 1, keepVersions: null })).toEqual([]);
  write('/b.md', 'new');
  later(10);
  expect(await gone({ keepDays: 1, keepVersions: null })).toEqual([1, 3]);
});

test('appends lose what nobody reads any more, in many small steps', async () => {
  const lines = Array.from({ length: 150 }, (_, i) => `line ${i}\n`);
  volume.write('/log.md', lines[0]!);
  for (const line of lines.slice(1)) volume.append('/log.md', line);
  write('/log.md', 'short');
  later(10);
  const removed = await gone({ keepDays: 1, keepVersions: 3 });
  expect(removed).toHaveLength(148);
  expect([...volume.store.log({})].filter(({ operation }) => operation === 'pruned').length).toBeGreaterThan(
    1,
  );
  expect(Buffer.concat([...volume.store.show('/log.md', 150).chunks]).toString()).toBe(lines.join(''));
});

test('a policy and what it removed survive a restart', async () => {
  write('/a.md', 'a1', 'a2', 'a3');
  expect(await gone({ keepDays: null, keepVersions: 1 })).toEqual([1, 2]);
  volume.crash();
  expect(volume.store.retention).toEqual({ keepDays: null, keepVersions: 1 });
  expect([...volume.store.log({})].map(({ removed_by }) => removed_by)).toEqual([4, 4, null, null]);
});
