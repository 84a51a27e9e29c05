import { openDatabase, type SqliteDatabase } from '../database.js';
import { decodeNumbers } from '../number-list.js';
import { operations } from '../records/records.js';
import { extentsOf } from './segments.js';

/** Where the bytes of a store are. What several contents share is counted once, for the first that has it. */
export interface Space {
  /** Present contents of files. */
  readonly living: number;
  /** Present contents of unversioned files. */
  readonly unversioned: number;
  /** Contents that only older versions have. */
  readonly history: number;
  /** Contents that only refused writes keep. */
  readonly conflicts: number;
  /** Pages of the database that are free. */
  readonly free: number;
  /** Versions whose contents were taken away. */
  readonly redacted: number;
  readonly pruned: number;
}

const owners = [
  ['living', 'sha256 IS NOT NULL AND id IN (SELECT content FROM inodes WHERE nlink > 0)'],
  ['unversioned', 'sha256 IS NULL'],
  ['history', 'id IN (SELECT content FROM records WHERE content IS NOT NULL)'],
  [
    'conflicts',
    'id IN (SELECT base FROM refusals UNION SELECT mine FROM refusals UNION SELECT theirs FROM refusals)',
  ],
] as const;

/** Looks at every content, on a connection of its own, reading only. */
export function measureSpace(path: string): Space {
  const database = openDatabase(path, { readOnly: true });
  try {
    database.exec('BEGIN');
    const bytes = { living: 0, unversioned: 0, history: 0, conflicts: 0 };
    const counted = new Map<number, number>();
    for (const [owner, condition] of owners)
      for (const [segment, extent] of extentsWhere(database, condition)) {
        const before = counted.get(segment) ?? 0;
        if (extent <= before) continue;
        bytes[owner] += extent - before;
        counted.set(segment, extent);
      }
    const free = pragma(database, 'freelist_count') * pragma(database, 'page_size');
    return { ...bytes, free, ...countRemoved(database) };
  } finally {
    database.close();
  }
}

function* extentsWhere(database: SqliteDatabase, condition: string): Generator<[number, number]> {
  const rows = database.prepare(`SELECT size, segments FROM contents WHERE ${condition}`);
  for (const row of rows.iterate()) {
    const { size, segments } = row as { size: number; segments: Buffer };
    yield* extentsOf(decodeNumbers(segments), size);
  }
}

const pragma = (database: SqliteDatabase, name: string): number =>
  database.pragma(name, { simple: true }) as number;

function countRemoved(database: SqliteDatabase): { readonly redacted: number; readonly pruned: number } {
  const count = database
    .prepare(
      `SELECT count(*) FROM records r JOIN records by ON by.seq = r.removed_by
         WHERE r.removed_by IS NOT NULL AND by.operation = ?`,
    )
    .pluck();
  const of = (operation: 'redacted' | 'pruned'): number => count.get(operations.indexOf(operation)) as number;
  return { redacted: of('redacted'), pruned: of('pruned') };
}
