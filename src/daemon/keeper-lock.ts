/** One keeper for a data directory: the lock that says so, and what there is to say about who has it. */
import { join } from 'node:path';
import type { Holding } from '../api/client/connection.js';
import { askKeeper } from '../api/client/keeper.js';
import { MemfsError } from '../core/errors.js';
import { refuseBesideEarlierRelease } from './earlier-release.js';
import { holderOf, isHeld, isVisible, LockFile } from './lock-file.js';
import { processFacts } from './process.js';

export const keeperLock = (data: string): string => join(data, 'keeper.lock');

/**
 * For the keeper that this process becomes. `passed` is the lock as its starter took it. Throws `busy` when a daemon
 * runs.
 */
export async function lockDataDirectory(data: string, passed: number | null): Promise<LockFile> {
  if (passed !== null) return LockFile.adopt(passed);
  const lock = LockFile.take(keeperLock(data));
  if (lock === null) throw runsAlready(data, holdingOf(data)?.who);
  await refuseBesideOthers(data);
  return lock;
}

/** For who has the lock, before anything else: daemons that it does not keep out. */
export async function refuseBesideOthers(data: string): Promise<void> {
  // The file was removed under a running daemon, so the lock is a new one.
  const keeper = await askKeeper(data);
  if (keeper !== null) throw runsAlready(data, `process ${keeper.pid}`);
  await refuseBesideEarlierRelease(data);
}

const runsAlready = (data: string, who: string | undefined): MemfsError =>
  new MemfsError('busy', `a memfsd daemon${who === undefined ? '' : ` (${who})`} already runs on ${data}`, {
    hint: 'memfsd status, or give another data directory with --data',
  });

/** Who holds the data directory; null: nobody. Takes and makes nothing. */
export function holdingOf(data: string): Holding | null {
  const path = keeperLock(data);
  if (!isHeld(path)) return null;
  const holder = holderOf(path);
  if (holder === null)
    return { who: 'an unknown process', cure: `fuser ${path} names it; end it, then try again` };
  if (isVisible(holder)) {
    const { pid } = holder;
    // What cannot answer cannot end in an orderly way either.
    const cure =
      processFacts(pid)?.state === 'T'
        ? `kill -CONT ${pid}: it is stopped`
        : `kill -KILL ${pid}, then try again; its mounts come back, and nothing that was closed is lost`;
    return { who: `process ${pid}`, cure };
  }
  return {
    who: `process ${holder.pid} of another container or sandbox`,
    cure: `end memfsd there, or use another data directory with --data`,
  };
}
