import type { Branch } from '../branches/branches.js';
import type { SqliteDatabase, Statement } from '../database.js';

/** The present state of an inode as it is stored. Times in seconds and nanoseconds, sizes in bytes. */
export interface InodeRow {
  readonly ino: number;
  mode: number;
  uid: number;
  gid: number;
  rdev: number;
  nlink: number;
  /** Of the committed content. */
  size: number;
  atime_sec: number;
  atime_nsec: number;
  mtime_sec: number;
  mtime_nsec: number;
  ctime_sec: number;
  ctime_nsec: number;
  content: number | null;
  /** The identity that survives rename; null for what is not a memory. */
  memory: number | null;
  /** The record that made the memory's present state; null before the first commit. */
  version: number | null;
  /** The record since which mode and owner hold; null before the first. */
  since: number | null;
  /** Of a symlink. */
  target: Buffer | null;
}

/** Mode and owner in an interval that has ended. */
export interface PastAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly target: Buffer | null;
}

const columns = [
  'ino',
  'mode',
  'uid',
  'gid',
  'rdev',
  'nlink',
  'size',
  'atime_sec',
  'atime_nsec',
  'mtime_sec',
  'mtime_nsec',
  'ctime_sec',
  'ctime_nsec',
  'content',
  'memory',
  'version',
  'since',
  'target',
] as const satisfies readonly (keyof InodeRow)[];

export class InodeTable {
  readonly #branch: number;
  readonly #get: Statement;
  readonly #put: Statement;
  readonly #delete: Statement;
  readonly #past: Statement;
  readonly #attributesAt: Statement;
  readonly #orphans: Statement;
  readonly #holding: Statement;

  constructor(database: SqliteDatabase, branch: Branch) {
    this.#branch = branch.id;
    this.#get = database.prepare(`SELECT ${columns.join(', ')} FROM inodes WHERE branch = ? AND ino = ?`);
    this.#put = database.prepare(
      `REPLACE INTO inodes (branch, ${columns.join(', ')}) VALUES (?, ${columns.map(() => '?').join(', ')})`,
    );
    this.#delete = database.prepare('DELETE FROM inodes WHERE branch = ? AND ino = ?');
    this.#past = database.prepare(
      `INSERT OR IGNORE INTO inode_history (branch, ino, from_seq, to_seq, mode, uid, gid, target)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#attributesAt = database.prepare(
      `SELECT mode, uid, gid, target FROM inode_history
         WHERE branch = ? AND ino = ? AND from_seq <= ? AND to_seq > ? ORDER BY from_seq DESC LIMIT 1`,
    );
    this.#orphans = database.prepare('SELECT ino FROM inodes WHERE branch = ? AND nlink = 0').pluck();
    this.#holding = database
      .prepare('SELECT ino FROM inodes WHERE branch = ? AND content IN (SELECT value FROM json_each(?))')
      .pluck();
  }

  get(ino: number): InodeRow | undefined {
    return this.#get.get(this.#branch, ino) as InodeRow | undefined;
  }

  put(inode: InodeRow): void {
    this.#put.run(this.#branch, ...columns.map((column) => inode[column]));
  }

  delete(ino: number): void {
    this.#delete.run(this.#branch, ino);
  }

  /** Keeps what mode and owner were in `[inode.since, toSeq)`. */
  keepPast(inode: InodeRow, toSeq: number): void {
    if (inode.since === null || inode.since >= toSeq) return;
    this.#past.run(
      this.#branch,
      inode.ino,
      inode.since,
      toSeq,
      inode.mode,
      inode.uid,
      inode.gid,
      inode.target,
    );
  }

  /** Mode and owner after the record `seq`, where they are not the present ones. */
  pastAttributes(ino: number, seq: number): PastAttributes | undefined {
    return this.#attributesAt.get(this.#branch, ino, seq, seq) as PastAttributes | undefined;
  }

  /** Inodes whose stored content is one of these. */
  holding(contents: readonly number[]): number[] {
    return this.#holding.all(this.#branch, JSON.stringify(contents)) as number[];
  }

  /** Inodes without a name that a process held open. */
  orphans(): number[] {
    return this.#orphans.all(this.#branch) as number[];
  }
}
