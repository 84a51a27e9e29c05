import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { MemfsError } from '../../core/errors.js';
import { mainBranch } from '../../journal/branches/branches.js';
import { keepRoomForIndex, openDatabase } from '../../journal/database.js';
import { StoreMeta } from '../../journal/meta.js';
import { syncDirectory } from '../../journal/sync-directory.js';
import { InodeTable } from '../../journal/tree/inodes.js';
import type { NewStore } from '../store.js';
import { systemClock } from './clock.js';
import { FileType } from './mode.js';
import { rootIno } from './workspace.js';

/** Makes the database of a new store: an empty root directory and an empty journal. It survives loss of power. */
export function createStore(path: string, store: NewStore): void {
  if (existsSync(path)) throw new MemfsError('already_exists', `${path} exists`);
  const database = openDatabase(path);
  try {
    database.transaction(() => {
      const now = systemClock()();
      new StoreMeta(database).begin(store.id, now.ms);
      new InodeTable(database, mainBranch).put({
        ino: rootIno,
        mode: FileType.directory | store.mode,
        uid: store.uid,
        gid: store.gid,
        rdev: 0,
        nlink: 2,
        size: 0,
        atime_sec: now.sec,
        atime_nsec: now.nsec,
        mtime_sec: now.sec,
        mtime_nsec: now.nsec,
        ctime_sec: now.sec,
        ctime_nsec: now.nsec,
        content: null,
        memory: null,
        version: null,
        since: 0,
        target: null,
      });
    })();
    // Closing would do so too, but not say when the file could not be synced.
    database.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
  keepRoomForIndex(path);
  syncDirectory(dirname(path));
}
