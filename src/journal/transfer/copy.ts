import { MemfsError } from '../../core/errors.js';
import { extentsOf, SegmentStore, segmentBytes } from '../contents/segments.js';
import { openDatabase, type SqliteDatabase } from '../database.js';
import { StoreMeta } from '../meta.js';
import { decodeNumbers } from '../number-list.js';
import { SpoolGeneration } from '../spool/spool-generation.js';

/** Tables of the moment and of this machine: open files, locks, unanswered calls, expectations. */
export const passing: readonly string[] = [
  'open_handles',
  'working_states',
  'appended',
  'held_locks',
  'unanswered',
  'control_nodes',
  'expectations',
  'log_marks',
];

/**
 * Copies a store as its last group commit left it to a new file, while it is written to. Free pages stay behind, and
 * what passes too. The copy is one file; `id` (`memstore_…`) makes it a store of its own.
 */
export function copyStore(source: string, target: string, id: string | null): void {
  const database = openDatabase(source, { readOnly: true });
  try {
    database.prepare('VACUUM INTO ?').run(target);
  } finally {
    database.close();
  }
  settle(target, id);
}

/** Makes the copy of a store, however it was made, one file at rest. Returns whose copy it is. */
export function settle(path: string, id: string | null): { readonly id: string; readonly createdMs: number } {
  const database = openDatabase(path);
  try {
    const meta = new StoreMeta(database);
    if (meta.storeId === undefined) throw new MemfsError('invalid', 'the file is no store of memfsd');
    database.transaction(() => {
      for (const table of passing) database.exec(`DELETE FROM ${table}`);
      dropUnreadBytes(database);
      if (id !== null) meta.storeId = id;
      new SpoolGeneration(database).renew();
    })();
    database.pragma('journal_mode = DELETE');
    return { id: meta.storeId, createdMs: meta.createdMs };
  } finally {
    database.close();
  }
}

/** Writes the file anew, so that no copy of what was deleted is left between its rows. */
export function compact(path: string): void {
  const database = openDatabase(path);
  try {
    database.pragma('journal_mode = DELETE');
    database.exec('VACUUM');
  } finally {
    database.close();
  }
}

/** Bytes of working states that no content has. */
function dropUnreadBytes(database: SqliteDatabase): void {
  const read = new Map<number, number>();
  for (const row of database.prepare('SELECT size, segments FROM contents').iterate()) {
    const { size, segments } = row as { size: number; segments: Buffer };
    for (const [segment, bytes] of extentsOf(decodeNumbers(segments), size))
      read.set(segment, Math.max(read.get(segment) ?? 0, bytes));
  }
  const store = new SegmentStore(database);
  const stored = database.prepare(`SELECT DISTINCT position / ${segmentBytes} FROM pieces`).pluck().all();
  for (const segment of stored as number[]) {
    const bytes = read.get(segment) ?? 0;
    if (store.end(segment) > bytes) store.cut(segment, bytes);
  }
}
