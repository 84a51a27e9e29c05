import type { SqliteDatabase } from '../database.js';

/** Counts the names of inodes again, where some of them were left behind. `which`: SQL about rows of inodes. */
export function countLinks(database: SqliteDatabase, which = 'TRUE'): void {
  const isDirectory = (mode: string): string => `(${mode} & ${0o170000}) = ${0o040000}`;
  const present = 'e.branch = inodes.branch AND e.to_seq IS NULL';
  database.exec(
    `UPDATE inodes SET nlink = CASE WHEN ${isDirectory('mode')}
       THEN 2 + (SELECT count(*) FROM entries e JOIN inodes i ON i.branch = e.branch AND i.ino = e.ino
                   WHERE ${present} AND e.parent = inodes.ino AND ${isDirectory('i.mode')})
       ELSE (SELECT count(*) FROM entries e WHERE ${present} AND e.ino = inodes.ino)
     END WHERE ${which}`,
  );
}
