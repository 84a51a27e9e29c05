/**
 * A lock file of the data directory. The lock belongs to one open of the file, so it is the same for every Node
 * version and in every network, pid or mount namespace; it goes with its descriptor to whoever inherits that or is
 * sent it, and is free when the last one is closed, however its holder ended.
 */
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { MemfsError } from '../../core/errors.js';
import { native } from '../../fuse/native.js';
import { pidNamespace, processIdentity } from '../processes/process.js';
import { leadsTo } from './held-directory.js';

/** The holder of a lock, as it wrote itself into the file. */
const Holder = z.object({
  pid: z.int(),
  /** Boot and start time: with the pid, one process for ever. */
  identity: z.string(),
  /** Where the pid counts. */
  pid_namespace: z.string(),
  /** False: it is still getting ready. */
  ready: z.boolean(),
  /** The keeper whose engine the holder is. */
  keeper: z.object({ pid: z.int(), identity: z.string() }).optional(),
});
export type Holder = z.infer<typeof Holder>;

export class LockFile {
  /** Close-on-exec. Whoever gets a copy of it holds the lock too. */
  readonly descriptor: number;
  readonly #keeper: number | null;

  private constructor(descriptor: number, keeper: number | null) {
    this.descriptor = descriptor;
    this.#keeper = keeper;
    this.#sign(false);
  }

  /** Null: another open of the file has the lock. `keeper`: whose engine this process is. */
  static take(path: string, keeper: number | null = null): LockFile | null {
    for (;;) {
      const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
      try {
        if (!locked(descriptor, path)) {
          closeSync(descriptor);
          return null;
        }
        // Else the file was removed between the two calls: its lock keeps nobody out.
        if (leadsTo(path, descriptor)) return new LockFile(descriptor, keeper);
      } catch (error) {
        closeSync(descriptor);
        throw error;
      }
      closeSync(descriptor);
    }
  }

  /** A lock that another process took and gave to this one. */
  static adopt(descriptor: number): LockFile {
    native().prepareDescriptor(descriptor);
    return new LockFile(descriptor, null);
  }

  /** False: the file was removed, or is another one by now, so this lock keeps nobody out. */
  isAt(path: string): boolean {
    return leadsTo(path, this.descriptor);
  }

  /** From now on the holder is to be expected to answer. */
  ready(): void {
    this.#sign(true);
  }

  /** In this process; a copy that was given away keeps it. */
  release(): void {
    closeSync(this.descriptor);
  }

  #sign(ready: boolean): void {
    const holder: Holder = { ...nameOf(process.pid), pid_namespace: pidNamespace(), ready };
    if (this.#keeper !== null) holder.keeper = nameOf(this.#keeper);
    const text = Buffer.from(`${JSON.stringify(holder)}\n`);
    try {
      writeSync(this.descriptor, text, 0, text.length, 0);
      ftruncateSync(this.descriptor, text.length);
    } catch {
      // A full disk: the lock holds, only its holder stays unnamed.
    }
  }
}

function locked(descriptor: number, path: string): boolean {
  try {
    return native().lockFile(descriptor);
  } catch (cause) {
    throw new MemfsError('unsupported', `the file system of ${path} locks no files`, {
      hint: 'choose a directory on a local disk with --data or MEMFSD_HOME',
      cause,
    });
  }
}

const nameOf = (pid: number): { pid: number; identity: string } => ({
  pid,
  identity: processIdentity(pid) ?? '',
});

/** Whether somebody has the lock. Takes and makes nothing. */
export function isHeld(path: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    // Not there, or not to be looked at: then it is not to be taken either.
    return false;
  }
  try {
    return native().isLockedElsewhere(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The last holder of the lock, if that can be read. */
export function holderOf(path: string): Holder | null {
  try {
    return Holder.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** The holder's process, seen from here: only then its pid means something. */
export const isVisible = (holder: Holder): boolean =>
  holder.pid_namespace === pidNamespace() && holder.identity === processIdentity(holder.pid);

/** The keeper of the engine that holds a lock; null: it is dead, or its pid means nothing here, or it is none of an engine. */
export function livingKeeperOf(holder: Holder): number | null {
  const { keeper } = holder;
  if (keeper === undefined || !isVisible(holder)) return null;
  return processIdentity(keeper.pid) === keeper.identity ? keeper.pid : null;
}
