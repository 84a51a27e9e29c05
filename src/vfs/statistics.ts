import { statSync } from 'node:fs';
import { FileType } from './mode.js';
import type { StoreStatistics } from './store.js';
import { mainBranch, spoolPath, type Workspace } from './workspace.js';

/** Counts over the committed state. */
export function statistics({ database, records }: Workspace): Omit<StoreStatistics, 'diskBytes'> {
  const present = database
    .prepare(
      `SELECT count(memory) AS memories, coalesce(sum(CASE WHEN memory IS NOT NULL THEN size END), 0) AS bytes,
         count(CASE WHEN (mode & ?) = ? THEN 1 END) AS directories
       FROM inodes WHERE branch = ? AND nlink > 0`,
    )
    .get(FileType.mask, FileType.directory, mainBranch) as {
    memories: number;
    bytes: number;
    directories: number;
  };
  const versions = database.prepare('SELECT count(content) FROM records').pluck().get() as number;
  return {
    head: records.head,
    memories: present.memories,
    directories: present.directories,
    versions,
    contentBytes: present.bytes,
  };
}

/** Bytes on disk of a store: database, WAL, index of the WAL, spool. */
export function diskBytes(path: string): number {
  const files = [path, `${path}-wal`, `${path}-shm`, spoolPath(path)];
  return files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}
