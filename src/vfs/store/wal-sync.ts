import {
  close,
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fsync,
  fsyncSync,
  open,
  openSync,
  read,
  write,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { MemfsError } from '../../core/errors.js';
import { failureAt } from '../../journal/storage-failure.js';
import { countedFrames, indexHeaderBytes, WalCheck } from '../../journal/write-ahead-log.js';

const retryMs = 1000;

const openFile = promisify(open);
const closeFile = promisify(close);
const readFile = promisify(read);
const writeFile = promisify(write);

export interface WalSyncEvents {
  /** Nothing may write to the WAL, or take from it, while it is written again. */
  hold(isHeld: boolean): void;
  /** `failure` has changed. */
  changed(): void;
  /** What cannot be made good: the frames are not in memory any more either. */
  lost(reason: string): void;
}

/**
 * Syncs the WAL of one store. After a sync that failed, Linux takes the pages for clean that it could not write, so the next
 * fsync(2) would succeed without them. So after a failure the whole log is read from memory, checked, and written again, and
 * nothing is acknowledged as synced before that has succeeded. Nor is it copied into the database: pages that have left
 * memory since would come back from the disk as they were before.
 */
export class WalSync {
  readonly #path: string;
  readonly #events: WalSyncEvents;
  /**
   * Open as long as the store is, and from its first commit on: the kernel tells a failed write to those who had the file
   * open. Only ever the WAL and, for reading, its index: closing a descriptor of the database or of the index would drop
   * SQLite's own POSIX locks (fcntl(2)).
   */
  #wal: number | undefined;
  #index: number | undefined;
  #isDirectorySynced = false;
  #failure: MemfsError | null = null;
  #rescue: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, events: WalSyncEvents) {
    this.#path = path;
    this.#events = events;
  }

  /** Why fsync fails for now; null: it does not. */
  get failure(): MemfsError | null {
    return this.#failure;
  }

  /** There is a WAL now. */
  begin(): void {
    this.#wal ??= openSync(`${this.#path}-wal`, 'r+');
  }

  async sync(): Promise<void> {
    this.begin();
    try {
      if (!this.#isDirectorySynced) await this.#syncDirectory();
      await promisify(fdatasync)(this.#wal!);
    } catch (error) {
      throw this.failed(error);
    }
  }

  /** The same while nobody is served yet. What fails is in `failure`, and made good later. */
  syncAtOnce(): void {
    try {
      this.begin();
      const directory = openSync(dirname(this.#path), 'r');
      try {
        fsyncSync(directory);
      } finally {
        closeSync(directory);
      }
      this.#isDirectorySynced = true;
      fdatasyncSync(this.#wal!);
    } catch (error) {
      this.failed(error);
    }
  }

  async #syncDirectory(): Promise<void> {
    const directory = await openFile(dirname(this.#path), 'r');
    try {
      await promisify(fsync)(directory);
    } finally {
      await closeFile(directory);
    }
    this.#isDirectorySynced = true;
  }

  /** A sync has failed, here or in SQLite. */
  failed(thrown: unknown): MemfsError {
    const { code, message } = failureAt(this.#path, thrown);
    const what = code === 'no_space' || code === 'quota' ? code : 'internal';
    this.#failure = new MemfsError(what, `writes could not be synced: ${message}`, { cause: thrown });
    this.#events.changed();
    this.#later();
    return this.#failure;
  }

  #later(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.rescue().catch(() => {});
    }, retryMs);
    this.#timer.unref();
  }

  /** Resolves when all that was acknowledged is on the disk after all. Rejects with why it is not. */
  rescue(): Promise<void> {
    this.#rescue ??= this.#writeAgain().finally(() => {
      this.#rescue = undefined;
    });
    return this.#rescue;
  }

  async #writeAgain(): Promise<void> {
    if (this.#failure === null) return;
    this.#events.hold(true);
    try {
      await this.#rewrite();
      await this.#syncDirectory();
      await promisify(fdatasync)(this.#wal!);
      this.#failure = null;
    } catch (error) {
      throw error instanceof MemfsError ? error : this.failed(error);
    } finally {
      this.#events.hold(false);
    }
    this.#events.changed();
  }

  /** Only what counts: what lies behind it nobody reads. */
  async #rewrite(): Promise<void> {
    this.begin();
    const wal = this.#wal!;
    const check = new WalCheck();
    const frames = await this.#countFrames();
    const header = Buffer.alloc(check.headerBytes);
    const { bytesRead } = await readFile(wal, header, 0, header.length, 0);
    if (frames === 0 && bytesRead < header.length) return;
    if (!check.header(header)) {
      // Begun anew, and nothing is in it yet: what it held is in the database.
      if (frames === 0 || frames === Number.POSITIVE_INFINITY) return;
      throw this.#isLost('its header');
    }
    await writeFile(wal, header, 0, header.length, 0);
    const frame = Buffer.alloc(check.frameBytes);
    for (let number = 1, at = header.length; number <= frames; number++, at += frame.length) {
      const { bytesRead: found } = await readFile(wal, frame, 0, frame.length, at);
      if (found < frame.length || !check.frame(frame)) {
        if (frames === Number.POSITIVE_INFINITY) return;
        throw this.#isLost(`frame ${number} of ${frames}`);
      }
      await writeFile(wal, frame, 0, frame.length, at);
    }
  }

  /** Infinity: the index is in SQLite's memory, so that it is not known how many there must be. */
  async #countFrames(): Promise<number> {
    const path = `${this.#path}-shm`;
    if (this.#index === undefined && !existsSync(path)) return Number.POSITIVE_INFINITY;
    this.#index ??= openSync(path, 'r');
    const index = Buffer.alloc(indexHeaderBytes);
    const { bytesRead } = await readFile(this.#index, index, 0, indexHeaderBytes, 0);
    return bytesRead < indexHeaderBytes ? Number.POSITIVE_INFINITY : countedFrames(index);
  }

  #isLost(what: string): MemfsError {
    const reason = `${what} of the write-ahead log is lost: it could not be written to the disk`;
    this.#failure = new MemfsError('internal', reason);
    this.#events.lost(reason);
    return this.#failure;
  }

  /** After the database. */
  close(): void {
    clearTimeout(this.#timer);
    for (const descriptor of [this.#wal, this.#index]) if (descriptor !== undefined) closeSync(descriptor);
  }
}
