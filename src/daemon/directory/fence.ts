/** At most one engine writes: a new one opens no store before it has the lock, and sees to it that it gets it. */
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MemfsError } from '../../core/errors.js';
import type { EngineIdentity } from '../catalog.js';
import { pidNamespace, processIdentity } from '../processes/process.js';
import { holderOf, isVisible, LockFile, livingKeeperOf } from './lock-file.js';

export const engineLock = (data: string): string => join(data, 'engine.lock');

const patience = 2_000;

/**
 * A killed engine has given up its lock with its descriptors, also when one of its threads is stuck in the kernel
 * (native/src/notifier.cc). One that lives gets a moment to end, and is then killed if it is surely the one that is
 * meant: its pid says nothing in another pid namespace, and that of another keeper, which lives, is no leftover.
 * `keeper`: that of this engine. Throws `busy`.
 */
export async function takeFence(data: string, keeper: number, wait = patience): Promise<LockFile> {
  const path = engineLock(data);
  const first = await tookWithin(path, keeper, wait);
  if (first !== null) return first;
  const holder = holderOf(path);
  const other = holder === null ? null : livingKeeperOf(holder);
  if (holder !== null && other !== null && other !== keeper)
    throw new MemfsError('busy', `the engine (process ${holder.pid}) of another daemon serves ${data}`, {
      hint: `kill ${other} ends that daemon; then memfsd start`,
    });
  if (holder !== null && isVisible(holder)) kill(holder.pid);
  const second = await tookWithin(path, keeper, wait);
  if (second !== null) return second;
  const who = holder === null ? '' : ` (process ${holder.pid})`;
  const near = holder === null || holder.pid_namespace === pidNamespace();
  throw new MemfsError('busy', `an engine of an earlier daemon${who} does not end, and holds ${path}`, {
    hint: near
      ? `fuser ${path} names who holds it; end it, then memfsd start`
      : 'it runs in another container or sandbox: end it there, then memfsd start',
  });
}

async function tookWithin(path: string, keeper: number, limit: number): Promise<LockFile | null> {
  for (const start = performance.now(); ; await delay(20)) {
    const lock = LockFile.take(path, keeper);
    if (lock !== null || performance.now() - start > limit) return lock;
  }
}

/**
 * For who has the fence: engines that it does not keep out are known from the catalog. Those of releases without the lock
 * are killed; one whose lock file was removed serves these data and is left alone. A zombie counts as dead. Throws `busy`.
 */
export async function outlive(data: string, predecessor: EngineIdentity | null): Promise<void> {
  if (predecessor === null) return;
  const { pid, pid_namespace } = predecessor;
  if (pid_namespace !== undefined && (pid_namespace !== pidNamespace() || !lockedOnce(data, pid))) return;
  if (await endsWithin(predecessor, patience)) return;
  if (pid_namespace !== undefined)
    throw new MemfsError(
      'busy',
      `an engine (process ${pid}) serves ${data}, and its lock files were removed`,
      {
        hint: `kill -KILL ${pid}: its daemon makes them again`,
      },
    );
  kill(pid);
  if (await endsWithin(predecessor, patience)) return;
  throw new MemfsError('busy', `an engine of an earlier daemon (process ${pid}) does not end`);
}

/** Whether a process has the file open that was the lock of these data, not of a copy of them. */
function lockedOnce(data: string, pid: number): boolean {
  const removed = `${engineLock(data)} (deleted)`;
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === removed);
  } catch {
    // It is gone, or another user's.
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended, or it is not ours to kill: then it keeps its lock.
  }
}

async function endsWithin({ pid, identity }: EngineIdentity, limit: number): Promise<boolean> {
  for (const start = performance.now(); performance.now() - start < limit; await delay(20))
    if (processIdentity(pid) !== identity) return true;
  return false;
}
