/** Finds what COMMAND began and left at work, also what came to be and lost its parent between two looks of the daemon. */
import { readdirSync } from 'node:fs';
import { environmentLimit, processFacts, readEnvironment, variable } from '../daemon.js';

/** Pids of processes that have the session's name from COMMAND, so began no earlier (`started`: ticks since boot). */
export function namedProcesses(session: string, started: string): number[] {
  const environment = Buffer.alloc(environmentLimit);
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid)) return false;
      const facts = processFacts(pid);
      if (facts === null || facts.state === 'Z' || Number(facts.started) < Number(started)) return false;
      const size = readEnvironment(pid, environment);
      return size !== null && variable(environment.subarray(0, size), 'MEMFSD_SESSION') === session;
    });
}
