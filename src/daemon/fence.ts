/** At most one engine writes: a new one waits until its predecessor is dead, and sees to it that it is. */
import { setTimeout as delay } from 'node:timers/promises';
import { MemfsError } from '../core/errors.js';
import type { EngineIdentity } from './catalog.js';
import { processIdentity } from './process.js';

const patience = 2_000;

/** A zombie counts as dead: it executes nothing, and goes only when its successor has answered the kernel. */
export async function outlive(predecessor: EngineIdentity | null): Promise<void> {
  if (predecessor === null || predecessor.pid === process.pid) return;
  if (await endsWithin(predecessor, patience)) return;
  process.kill(predecessor.pid, 'SIGKILL');
  if (await endsWithin(predecessor, patience)) return;
  throw new MemfsError('busy', `an engine of an earlier daemon (process ${predecessor.pid}) does not end`);
}

async function endsWithin({ pid, identity }: EngineIdentity, limit: number): Promise<boolean> {
  for (const start = performance.now(); performance.now() - start < limit; await delay(20))
    if (processIdentity(pid) !== identity) return true;
  return false;
}
