/** Facts about a process, from /proc. */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';

export interface ProcessFacts {
  /** `R`, `S`, `D`, `Z`, … */
  readonly state: string;
  /** Start time in ticks since boot: with the pid it names a process for ever (until the next boot). */
  readonly started: string;
}

/** The state of the thread that leads the process: it may have ended alone. */
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

/**
 * One program in one process: another after `execve`. The thread that leads a process may end alone (pthread_exit(3) in
 * `main`), and is a zombie without memory while the others go on: then this is of one of those, with what is the
 * process's (start time, parent, leader) all the same.
 */
export interface ProcessImage extends ProcessFacts {
  /** The number of the thread that this is of. */
  readonly thread: number;
  /** Start time, and where the environment lies, which `execve` moves. */
  readonly identity: string;
  readonly parent: number;
  /** The process that leads its session of processes (setsid(2)). */
  readonly leader: number;
  readonly threads: number;
  /** It runs what its parent runs: it has not called `execve` yet. */
  readonly forked: boolean;
  /** It has begun to end: its memory may be gone already. */
  readonly ending: boolean;
  /** Whether this process may look into it: else the kernel says that its environment lies nowhere. */
  readonly readable: boolean;
}

/** PF_EXITING and PF_FORKNOEXEC of include/linux/sched.h. */
const exiting = 0x4;
const forkedWithoutExec = 0x40;

/**
 * Without randomised addresses the environment ends right below the end of the address space, which is a power of two
 * (minus a page on some machines), and the same program finds it at the same place again.
 */
const lowestPages = 16_384;

const endsWhereAllDo = (end: number): boolean =>
  end > 0 && 2 ** Math.ceil(Math.log2(end)) - end < lowestPages;

/** `began`: the start time of the process, where the thread's is another. */
function imageOf(thread: number, stat: string, began?: string): ProcessImage {
  const fields = statFields(stat);
  const started = began ?? fields[19]!;
  const [begin, end] = [fields[47]!, fields[48]!];
  const flags = Number(fields[6]);
  // A program begins with page faults: where addresses tell nothing, their count does.
  const faults = endsWhereAllDo(Number(end)) ? `:${fields[7]}` : '';
  return {
    thread,
    state: fields[0]!,
    started,
    identity: `${started}:${begin}:${end}${faults}`,
    parent: Number(fields[1]),
    leader: Number(fields[3]),
    threads: Number(fields[17]),
    forked: (flags & forkedWithoutExec) !== 0,
    ending: (flags & exiting) !== 0,
    readable: begin !== '0',
  };
}

const statBuffer = Buffer.alloc(4096);

/** Null: there is no such process. Costs a third of `readFileSync`; takes no lock of the process's memory. */
export function processImage(pid: number): ProcessImage | null {
  const file = StatFile.open(pid);
  try {
    return file?.read() ?? null;
  } finally {
    file?.close();
  }
}

/** A thread that goes on in a process whose leader has ended; null: none. */
function imageWithout({ thread: leader, started }: ProcessImage): ProcessImage | null {
  try {
    for (const name of readdirSync(`/proc/${leader}/task`)) {
      const stat = name === String(leader) ? null : readStat(`/proc/${leader}/task/${name}/stat`);
      const image = stat === null ? null : imageOf(Number(name), stat, started);
      if (image !== null && !hasEnded(image)) return image;
    }
  } catch {
    // The process has ended meanwhile.
  }
  return null;
}

function readStat(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

/** The open `/proc/PID/stat` of a process: it goes on naming that one, also when its pid is given to another. */
export class StatFile {
  readonly #pid: number;
  readonly #descriptor: number;

  private constructor(pid: number, descriptor: number) {
    this.#pid = pid;
    this.#descriptor = descriptor;
  }

  static open(pid: number): StatFile | null {
    try {
      return new StatFile(pid, openSync(`/proc/${pid}/stat`, 'r'));
    } catch {
      return null;
    }
  }

  /** Null: the process is gone. */
  read(): ProcessImage | null {
    try {
      const size = readSync(this.#descriptor, statBuffer, 0, statBuffer.length, 0);
      const image = imageOf(this.#pid, statBuffer.toString('latin1', 0, size));
      return hasEnded(image) && image.threads > 1 ? (imageWithout(image) ?? image) : image;
    } catch {
      return null;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** A thread's process, by the number of the thread; null: there is none. */
export function processOfThread(thread: number): number | null {
  const group = statusLine(thread, 'Tgid');
  return group === null ? null : Number(group);
}

/** Real, effective, saved and file system uid; null: there is no such process. */
export function uidsOf(pid: number): readonly number[] | null {
  return statusLine(pid, 'Uid')?.split('\t').map(Number) ?? null;
}

/** The name that a process has given itself, at most 15 bytes; null: there is no such process. */
export const processName = (pid: number): string | null => statusLine(pid, 'Name');

function statusLine(pid: number, name: string): string | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return new RegExp(`^${name}:\\t(.*)$`, 'm').exec(status)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Whether the numbers in /proc are those by which this process hears of others: not after unshare(1) without --mount-proc. */
export function hasOwnProc(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}

/** Whether the process numbers its processes as this one does; null: it cannot be found out. */
export function sharesPidNamespace(pid: number): boolean | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

/**
 * A zombie executes nothing any more. By `processImage` this is of a process, by `processFacts` of its leader: that of a
 * program of ours ends alone only when the process is killed and another thread, which may keep descriptors open, is stuck
 * in the kernel.
 */
export const isRunning = (facts: ProcessFacts | null): facts is ProcessFacts =>
  facts !== null && !hasEnded(facts);

const hasEnded = ({ state }: ProcessFacts): boolean => state === 'Z' || state === 'X';

/** Whether a thread is on a processor, wants one, or waits for memory or a disk; it does not wait for anybody else. */
export const isComputing = (thread: number): boolean => /^[RD]$/.test(processFacts(thread)?.state ?? '');

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();

/** A process of ours for ever: pid, start time and boot. */
export function processIdentity(pid: number): string | null {
  const facts = processFacts(pid);
  return isRunning(facts) ? identityOf(facts.started) : null;
}

/** Names the numbering of processes that this one sees: a container has its own. */
export const pidNamespace = (): string => readlinkSync('/proc/self/ns/pid');

export const identityOf = (started: string): string => `${bootId()}:${started}`;
