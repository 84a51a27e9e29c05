/** What /proc says about a process. */
import { closeSync, openSync, readFileSync, readlinkSync, readSync } from 'node:fs';

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

/** proc(5), from the third field on. The second, the name in parentheses, may hold spaces and parentheses itself. */
const statFields = (stat: string): string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ');

export function parseStat(stat: string): ProcessFacts {
  const fields = statFields(stat);
  return { state: fields[0]!, started: fields[19]! };
}

/** One program in one process: another after `execve`. */
export interface ProcessImage {
  /** Start time, and where the environment lies, which `execve` moves. */
  readonly identity: string;
  readonly parent: number;
  readonly threads: number;
  /** It runs what its parent runs: it has not called `execve` yet. */
  readonly forked: boolean;
}

/** PF_FORKNOEXEC of include/linux/sched.h. */
const forkedWithoutExec = 0x40;

const statBuffer = Buffer.alloc(4096);

/** Null: there is no such process. Costs a third of `readFileSync`; takes no lock of the process's memory. */
export function processImage(pid: number): ProcessImage | null {
  try {
    const descriptor = openSync(`/proc/${pid}/stat`, 'r');
    try {
      const size = readSync(descriptor, statBuffer, 0, statBuffer.length, null);
      const fields = statFields(statBuffer.toString('latin1', 0, size));
      return {
        identity: `${fields[19]}:${fields[47]}:${fields[48]}`,
        parent: Number(fields[1]),
        threads: Number(fields[17]),
        forked: (Number(fields[6]) & forkedWithoutExec) !== 0,
      };
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
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

/** Names the numbering of processes that this one sees: a container has its own. */
export const pidNamespace = (): string => readlinkSync('/proc/self/ns/pid');
