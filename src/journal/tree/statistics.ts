import type { SqliteDatabase } from '../database.js';

export interface Counts {
  readonly memories: number;
  readonly directories: number;
  readonly versions: number;
  /** Bytes of the present contents of all memories. */
  readonly contentBytes: number;
}

const fileTypeMask = 0o170000;
const directoryType = 0o040000;

/** Counts over the committed state of a branch. */
export function countStore(database: SqliteDatabase, branch: number): Counts {
  const present = database
    .prepare(
      `SELECT count(memory) AS memories,
         coalesce(sum(CASE WHEN memory IS NOT NULL THEN size END), 0) AS contentBytes,
         count(CASE WHEN (mode & ${fileTypeMask}) = ${directoryType} THEN 1 END) AS directories
       FROM inodes WHERE branch = ? AND nlink > 0`,
    )
    .get(branch) as Omit<Counts, 'versions'>;
  const versions = database.prepare('SELECT count(content) FROM records').pluck().get() as number;
  return { ...present, versions };
}
