import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { isId, newId } from '../../core/ids.js';
import { Counters } from '../counters.js';
import type { SqliteDatabase } from '../database.js';
import { StoreMeta } from '../meta.js';
import type { Loss } from './loss.js';

/** Numbers that were given out to what is lost are not given out again. */
const spare = 1 << 20;
const greatest = 2 ** 48;

const highest: Readonly<Record<'inode' | 'memory' | 'content' | 'branch', readonly string[]>> = {
  inode: ['SELECT max(ino) FROM inodes', 'SELECT max(ino) FROM entries', 'SELECT max(ino) FROM records'],
  memory: ['SELECT max(memory) FROM records', 'SELECT max(memory) FROM inodes'],
  content: [
    'SELECT max(id) FROM contents',
    'SELECT max(content) FROM records',
    'SELECT max(mine) FROM refusals',
  ],
  branch: ['SELECT max(id) FROM branches', 'SELECT max(branch) FROM records'],
};

/** Mends the rows that a store keeps about itself. `isHurt`: rows of it may be lost. */
export function mendMeta(
  database: SqliteDatabase,
  {
    path,
    nowMs,
    isHurt,
    loss,
  }: { readonly path: string; readonly nowMs: number; readonly isHurt: boolean; readonly loss: Loss },
): StoreMeta {
  const meta = new StoreMeta(database);
  const former = basename(path).replace(/\.db$/, '');
  if (!isId('store', String(meta.storeId))) {
    const id = isId('store', former) ? former : newId('store', randomBytes);
    const first = database.prepare('SELECT min(time_ms) FROM records').pluck().get() as number | null;
    meta.begin(id, meta.createdMs ?? first ?? nowMs);
    if (id !== former)
      loss.add({
        kind: 'setting',
        what: 'the id of the store, and with it those of its versions',
        why: 'its row is lost',
      });
  }
  meta.damaged = null;
  meta.unwiped = false;
  try {
    void meta.retention;
    JSON.parse(meta.configuration ?? 'null');
  } catch {
    database.prepare("DELETE FROM meta WHERE key IN ('retention', 'configuration')").run();
  }
  if (isHurt)
    loss.add({
      kind: 'setting',
      what: 'settings: retention is what is left of them (memfsd store retention)',
      why: 'rows of meta are lost, or may be',
    });
  return meta;
}

/** Raises what counts above all that was given out. */
export function mendCounters(database: SqliteDatabase): Counters {
  const counters = new Counters(database);
  for (const [name, queries] of Object.entries(highest)) {
    const key = name as keyof typeof highest;
    const isKnown =
      database.prepare('SELECT 1 FROM meta WHERE key = ?').pluck().get(`next_${key}`) !== undefined;
    const most = queries.map((sql) => (database.prepare(sql).pluck().get() as number | null) ?? 0);
    const next = Math.max(...most.filter((number) => number < greatest)) + 1;
    counters.raise(key, isKnown || key === 'branch' ? next : next + spare);
  }
  return counters;
}
