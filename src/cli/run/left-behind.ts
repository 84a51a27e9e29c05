/** Finds what COMMAND began and left at work, also what came to be and lost its parent between two looks of the daemon. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks since boot: proc_pid_stat(5), the 20th field after the name; undefined: there is no such process any more. */
export function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}

/** Pids of processes that have the session's name from COMMAND, so began no earlier than that. */
export function namedProcesses(session: string, start: number): number[] {
  const entry = Buffer.from(`\0MEMFSD_SESSION=${session}\0`);
  return readdirSync('/proc')
    .map(Number)
    .filter(
      (pid) => Number.isInteger(pid) && (startOf(pid) ?? -1) >= start && environmentOf(pid).includes(entry),
    );
}

/** As the program began with it, behind a NUL; nothing where it may not be read. */
function environmentOf(pid: number): Buffer {
  try {
    return Buffer.concat([Buffer.of(0), readFileSync(`/proc/${pid}/environ`)]);
  } catch {
    return Buffer.alloc(0);
  }
}
