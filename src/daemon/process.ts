/** What /proc says about a process. */
import { readFileSync } from 'node:fs';

export interface ProcessFacts {
  /** `R`, `S`, `D`, `Z`, … of the thread group's leader. */
  readonly state: string;
  /** Start time in ticks since boot: with the pid it names a process for ever (until the next boot). */
  readonly started: string;
}

export function processFacts(pid: number): ProcessFacts | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return null;
  }
}

/** proc(5): the second field, the name in parentheses, may hold spaces and parentheses itself. */
export function parseStat(stat: string): ProcessFacts {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0]!, started: fields[19]! };
}

/** A zombie executes nothing any more, though a thread stuck in the kernel may keep its descriptors open. */
export const isRunning = (facts: ProcessFacts | null): facts is ProcessFacts =>
  facts !== null && facts.state !== 'Z' && facts.state !== 'X';

/** A process for ever: pid, start time and boot. */
export function processIdentity(pid: number): string | null {
  const facts = processFacts(pid);
  if (!isRunning(facts)) return null;
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return `${boot}:${facts.started}`;
}
