import { setTimeout as delay } from 'node:timers/promises';
import type { WriteOptions } from '../filesystem.js';
import { workingOf } from '../store/inode.js';
import { OpenFlag } from '../store/mode.js';
import type { UnderWay } from '../store/working-state.js';
import type { Workspace } from '../store/workspace.js';
import { longestBytes, pageBytes } from '../store/write-calls.js';

/** Between two looks at a write(2), in milliseconds. */
const lookMs = 2;
/** So many looks in a row must find its thread idle: the next WRITE may wait behind a hundred other requests. */
const idleLooks = 5;
/** A write that has not gone on for so long is not waited for. */
const stalledMs = 100;
/** Nothing is waited for longer than this. */
const limitMs = 2000;
/** Where nobody can wait, a write(2) of this age is taken for finished, if its thread does not run. */
const freshMs = 20;

/**
 * One write(2) may arrive as several WRITEs, and nothing in them says which is the last. They come back to back while
 * the kernel holds the inode's lock, so that only the last bytes of a file may be those of half a write. Closing the
 * descriptor that wrote them says that they are whole, unless another thread or process does it, which shares it.
 */
export class WritesUnderWay {
  readonly #workspace: Workspace;
  readonly #connection: number;
  readonly #now: () => number;
  readonly #isRunning: (thread: number) => boolean;

  constructor(
    workspace: Workspace,
    connection: number,
    now: () => number,
    isRunning: (thread: number) => boolean,
  ) {
    this.#workspace = workspace;
    this.#connection = connection;
    this.#now = now;
    this.#isRunning = isRunning;
  }

  /**
   * For the frame of an append: the thread whose write(2) may have more to come, or 0. The kernel cuts where a page of
   * the file ends, and where a WRITE is full (fuse_perform_write); with O_DIRECT anywhere.
   */
  threadOf(pid: number, offset: number, bytes: number, { flags }: WriteOptions): number {
    const mayGoOn =
      (offset + bytes) % pageBytes === 0 || bytes >= longestBytes || (flags & OpenFlag.direct) !== 0;
    if (!mayGoOn) return 0;
    return pid === 0 ? unknown : pid;
  }

  /** Whether another thread than this one may be writing the last bytes of the file. */
  isGoingOn(ino: number, thread: number): boolean {
    const last = this.#last(ino, null, thread);
    if (last === undefined) return false;
    const tail = this.#tailOf(ino, last.handle);
    return this.#isRunning(last.thread) || this.#now() - (tail?.changedMs ?? 0) < freshMs;
  }

  /**
   * Before `thread` closes `handle` (null: gives up a lock). Undefined: what was appended is whole; else a promise of
   * that: false when it has not become so in time.
   */
  ended(ino: number, handle: number | null, thread: number): Promise<boolean> | undefined {
    const last = this.#last(ino, handle, thread);
    return last === undefined ? undefined : this.#waitFor(ino, handle, thread, last);
  }

  async #waitFor(ino: number, handle: number | null, thread: number, first: UnderWay): Promise<boolean> {
    const begun = this.#now();
    let since = begun;
    let seen = first;
    for (let idle = 0; idle < idleLooks; ) {
      await delay(lookMs);
      const last = this.#last(ino, handle, thread);
      if (last === undefined) return true;
      const hasMoved = last !== seen;
      if (hasMoved) since = this.#now();
      seen = last;
      idle = hasMoved || this.#isRunning(last.thread) ? 0 : idle + 1;
      if (this.#now() - since > stalledMs || this.#now() - begun > limitMs) return false;
    }
    return true;
  }

  #last(ino: number, handle: number | null, thread: number): UnderWay | undefined {
    const inode = this.#workspace.inodes.find(ino);
    const last = inode === undefined ? null : workingOf(inode, this.#connection)?.underWay;
    if (last === null || last === undefined) return undefined;
    if (handle !== null && last.handle !== handle) return undefined;
    return last.thread === thread && thread !== 0 ? undefined : last;
  }

  #tailOf(ino: number, handle: number) {
    const inode = this.#workspace.inodes.find(ino);
    return inode === undefined ? undefined : workingOf(inode, this.#connection)?.appended.of(handle);
  }
}

const unknown = -1;
