import type { SqliteDatabase } from '../database.js';
import type { DamagedTables } from './damaged-tables.js';
import type { PageFile } from './page-file.js';

/** The highest number that a record can have: each has taken more than a hundred bytes. */
export function mostRecords(file: PageFile): number {
  const said = (file.read(1)?.readUInt32BE(28) ?? 0) * file.pageBytes;
  const bytes = file.pages * file.pageBytes;
  return Math.max(bytes, Math.min(said, bytes * 64)) / 100 + 1000;
}

/** The number of the newest record that anything tells of, `most` at most; 0: none. */
export function newestTold(database: SqliteDatabase, tables: DamagedTables, most: number): number {
  const told = [
    'seq FROM records',
    'removed_by FROM records',
    'version FROM inodes',
    'since FROM inodes',
    'from_seq FROM entries',
    'to_seq FROM entries',
    'to_seq FROM inode_history',
    'dropped_seq FROM branches',
    'fork_seq FROM branches',
  ].map((column) => {
    const [name, , table] = column.split(' ');
    const value = database.prepare(`SELECT max(${name}) FROM ${table} WHERE ${name} <= ?`).pluck().get(most);
    return ((value as number | null) ?? 0) + (name === 'fork_seq' && value !== null ? 1 : 0);
  });
  for (const index of ['records_of_memory', 'records_of_content'])
    for (const [, seq] of tables.indexRows(index)) if (typeof seq === 'number' && seq <= most) told.push(seq);
  return told.reduce((highest, seq) => Math.max(highest, seq), 0);
}
