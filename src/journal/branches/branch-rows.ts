import type { SqliteDatabase } from '../database.js';
import { countLinks } from '../tree/link-counts.js';
import { type Branch, mainBranch } from './branches.js';

const inodeColumns = `ino, mode, uid, gid, rdev, nlink, size, atime_sec, atime_nsec, mtime_sec, mtime_nsec,
  ctime_sec, ctime_nsec, content, memory, version, since, target`;

/**
 * Gives a new branch the present of main as its own rows: names, inodes and attributes of the versioned tree.
 * Contents are named by their ids; nothing is copied of them. What is unversioned, or not committed yet, stays behind.
 */
export function forkRows(database: SqliteDatabase, { id }: Branch): void {
  const from = mainBranch.id;
  database
    .prepare(
      `INSERT INTO entries (branch, parent, name, ino, memory, from_seq)
         SELECT ?, parent, name, ino, memory, from_seq FROM entries
           WHERE branch = ? AND to_seq IS NULL AND from_seq IS NOT NULL ORDER BY id`,
    )
    .run(id, from);
  const isForked = `(ino = 1 OR ino IN (SELECT ino FROM entries WHERE branch = ? AND to_seq IS NULL))`;
  database
    .prepare(
      `INSERT INTO inodes (branch, ${inodeColumns}) SELECT ?, ${inodeColumns} FROM inodes
         WHERE branch = ? AND ${isForked} ORDER BY ino`,
    )
    .run(id, from, id);
  database
    .prepare(
      `INSERT INTO xattrs (branch, ino, name, value) SELECT ?, ino, name, value FROM xattrs
         WHERE branch = ? AND ${isForked} ORDER BY ino, name`,
    )
    .run(id, from, id);
  const leftBehind = `SELECT $from FROM entries WHERE branch = ${from} AND to_seq IS NULL AND from_seq IS NULL`;
  const touched = ['ino', 'parent'].map((column) => leftBehind.replace('$from', column)).join(' UNION ');
  countLinks(database, `branch = ${id} AND ino IN (${touched})`);
}

/** Tables whose rows go with their branch; its records stay. */
const tables = [
  'entries',
  'inodes',
  'inode_history',
  'xattrs',
  'observations',
  'expectations',
  'open_handles',
  'working_states',
  'appended',
  'held_locks',
];

export function dropRows(database: SqliteDatabase, branch: number): void {
  for (const table of tables) database.prepare(`DELETE FROM ${table} WHERE branch = ?`).run(branch);
}

/** Contents of unversioned files of a branch: they belong to those files alone. */
export const unversionedContents = (database: SqliteDatabase, branch: number): number[] =>
  database
    .prepare(
      `SELECT i.content FROM inodes i JOIN contents c ON c.id = i.content
         WHERE i.branch = ? AND c.sha256 IS NULL`,
    )
    .pluck()
    .all(branch) as number[];
