/** At most one engine writes: a new one opens no store before it has the lock, and sees to it that it gets it. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MemfsError } from '../core/errors.js';
import type { EngineIdentity } from './catalog.js';
import { holderOf, isVisible, LockFile } from './lock-file.js';
import { pidNamespace, processIdentity } from './process.js';

export const engineLock = (data: string): string => join(data, 'engine.lock');

const patience = 2_000;

/**
 * A killed engine has given up its lock with its descriptors, also when one of its threads is stuck in the kernel
 * (native/src/notifier.cc). One that lives gets a moment to end, and is then killed if it is surely the one that is
 * meant: its pid says nothing in another pid namespace. Throws `busy`.
 */
export async function takeFence(data: string, wait = patience): Promise<LockFile> {
  const path = engineLock(data);
  const first = await tookWithin(path, wait);
  if (first !== null) return first;
  const holder = holderOf(path);
  if (holder !== null && isVisible(holder)) kill(holder.pid);
  const second = await tookWithin(path, wait);
  if (second !== null) return second;
  const who = holder === null ? '' : ` (process ${holder.pid})`;
  const near = holder === null || holder.pid_namespace === pidNamespace();
  throw new MemfsError('busy', `an engine of an earlier daemon${who} does not end, and holds ${path}`, {
    hint: near
      ? `fuser ${path} names who holds it; end it, then memfsd start`
      : 'it runs in another container or sandbox: end it there, then memfsd start',
  });
}

async function tookWithin(path: string, limit: number): Promise<LockFile | null> {
  for (const start = performance.now(); ; await delay(20)) {
    const lock = LockFile.take(path);
    if (lock !== null || performance.now() - start > limit) return lock;
  }
}

/** Engines of releases without the lock are known from the catalog only. A zombie counts as dead. Throws `busy`. */
export async function outlive(predecessor: EngineIdentity | null): Promise<void> {
  if (predecessor === null || predecessor.pid_namespace !== undefined) return;
  if (await endsWithin(predecessor, patience)) return;
  kill(predecessor.pid);
  if (await endsWithin(predecessor, patience)) return;
  throw new MemfsError('busy', `an engine of an earlier daemon (process ${predecessor.pid}) does not end`);
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
