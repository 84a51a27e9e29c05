/** One keeper for a data directory: the lock that says so, and what there is to say about who has it. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Holding, silent } from '../../api/client/connection.js';
import { askKeeper } from '../../api/client/keeper.js';
import { MemfsError } from '../../core/errors.js';
import { engineLock } from '../directory/fence.js';
import { holderOf, isHeld, isVisible, LockFile, livingKeeperOf } from '../directory/lock-file.js';
import { pidNamespace, processFacts } from '../processes/process.js';
import { refuseBesideEarlierRelease } from './earlier-release.js';

/** For a keeper that just ends to be gone: it gives its lock up a moment before. */
const endLimit = 1_000;

export const keeperLock = (data: string): string => join(data, 'keeper.lock');

/**
 * For the keeper that this process becomes. `passed` is the lock as its starter took it. Throws `busy` when a daemon
 * runs, `unreachable` when one does that cannot be spoken to.
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
  // Its socket too: its engine still has a lock.
  for (const start = performance.now(); ; await delay(25)) {
    const holding = holdingByEngine(data);
    if (holding === null) break;
    if (performance.now() - start > endLimit) throw silent(data, holding);
  }
  await refuseBesideEarlierRelease(data);
}

const runsAlready = (data: string, who: string | undefined): MemfsError =>
  new MemfsError('busy', `a memfsd daemon${who === undefined ? '' : ` (${who})`} already runs on ${data}`, {
    hint: 'memfsd status, or give another data directory with --data',
  });

/** The holder of the data directory; null: nobody. Takes and makes nothing. */
export function holdingOf(data: string): Holding | null {
  const path = keeperLock(data);
  if (!isHeld(path)) return holdingByEngine(data);
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
  return beyondReach(holder.pid);
}

const beyondReach = (pid: number): Holding => ({
  who: `process ${pid} of another container or sandbox`,
  cure: `end memfsd there, or use another data directory with --data`,
});

/** A daemon whose keeper's lock file was removed. An engine that has outlived its keeper ends by itself. */
function holdingByEngine(data: string): Holding | null {
  const path = engineLock(data);
  const holder = isHeld(path) ? holderOf(path) : null;
  if (holder === null) return null;
  const keeper = livingKeeperOf(holder);
  if (keeper !== null)
    return {
      who: `process ${keeper}, whose keeper.lock was removed, with its engine (process ${holder.pid})`,
      cure: `kill -KILL ${holder.pid}: the next engine starts at once, and the lock and the sockets are back then`,
    };
  return holder.pid_namespace === pidNamespace() ? null : beyondReach(holder.pid);
}
