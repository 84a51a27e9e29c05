import { statSync } from 'node:fs';
import type { Actor } from '../../core/model.js';
import { lockWaitMs } from '../../journal/database.js';
import type { Commit } from '../operations/close.js';
import type { StoreOptions } from '../store.js';
import type { Tail } from './appended.js';
import type { Inode } from './inode.js';
import type { Ledger } from './ledger.js';
import { WalSync } from './wal-sync.js';
import type { WorkingState } from './working-state.js';
import type { Workspace } from './workspace.js';
import type { Workspaces } from './workspaces.js';

/** A working state that nobody touched for this long becomes a version though its file is still open. */
const idleCommitMs = 1000;
const idleCheckMs = 500;
/** Handles that stay open may append in turns: what is cut into more stretches is not kept waiting. */
const maxRuns = 1000;
/** How often the WAL is copied into the database while there are commits. */
const checkpointMs = 1000;
/** Emptied when nothing has happened for a while, or when it grows faster than it is copied. */
const quietMs = 2000;
/** At the end, for readers and for a copy that goes on elsewhere. */
const lastMs = 500;
const limitBytes = 256 << 20;

/** Idle commits, syncs of the WAL and checkpoints of an open store, without being asked for. */
export class Maintenance {
  readonly #path: string;
  readonly #workspaces: Workspaces;
  readonly #ledger: Ledger;
  readonly #idle: NodeJS.Timeout;
  #quiet: NodeJS.Timeout | undefined;
  readonly #wal: WalSync;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  readonly #checkpointElsewhere: StoreOptions['checkpoint'];
  #checkpointing = false;
  #lookedMs = 0;
  #checkpointedMs = 0;

  constructor(path: string, workspaces: Workspaces, ledger: Ledger, options: StoreOptions) {
    this.#path = path;
    this.#checkpointElsewhere = options.checkpoint;
    this.#workspaces = workspaces;
    this.#ledger = ledger;
    this.#wal = new WalSync(path, {
      hold: (isHeld) => ledger.hold(isHeld),
      changed: () => this.onUnsynced(),
      lost: (reason) => {
        ledger.damaged = reason;
      },
    });
    this.#idle = setInterval(() => this.#commitIdle(), idleCheckMs);
    this.#idle.unref();
  }

  /** `unsynced` has changed. */
  onUnsynced: () => void = () => {};

  /** Why fsync fails for now; null: it does not. */
  get unsynced(): string | null {
    return this.#wal.failure?.message ?? null;
  }

  #commitIdle(): void {
    const now = this.#ledger.now().ms;
    for (const workspace of this.#workspaces.all())
      for (const { inode, state } of workspace.uncommitted()) {
        // Half a write(2) may have reached an engine that died: the kernel sends the rest to the next one.
        if (!workspace.served.has(state.connection) || inode.nlink === 0) continue;
        const { tails, runs } = state.appended;
        for (const tail of [...tails]) {
          const isIdle = this.#isIdle(tail, now);
          if (isIdle || runs.length > maxRuns) this.#commitTail(workspace, inode, state, tail, isIdle);
        }
        if (state.isEdited && this.#isIdle(state, now)) this.#commit(workspace, inode, state, state.actor);
      }
    this.#lookedMs = now;
  }

  /** Also at the last look: since then everything that had been written was read, however late this look is. */
  #isIdle(changed: { changedMs: number }, now: number): boolean {
    if (changed.changedMs === 0) changed.changedMs = now;
    return now - changed.changedMs >= idleCommitMs && changed.changedMs < this.#lookedMs;
  }

  #commitTail(workspace: Workspace, inode: Inode, state: WorkingState, tail: Tail, isIdle: boolean): void {
    const { handle, actor } = tail;
    const { underWay } = state;
    const mayGoOn = underWay?.handle === handle && (!isIdle || workspace.tables.isRunning(underWay.thread));
    this.#commit(workspace, inode, state, actor, { handle, ...(mayGoOn ? { duringAppend: true } : {}) });
  }

  #commit(
    workspace: Workspace,
    { ino }: Inode,
    { connection }: WorkingState,
    actor: Actor,
    whose: Pick<Commit, 'handle' | 'duringAppend'> = {},
  ): void {
    try {
      const origin = { connection, actor, unique: 0n, resent: false };
      this.#ledger.run(workspace, 'commit', origin, { ino, own: true, ...whose });
    } catch {
      // A full disk: the working state stays, and the next turn tries again.
    }
  }

  /** The ledger has committed a group. */
  committed(): void {
    this.#wal.begin();
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => void this.checkpoint(), quietMs);
    this.#quiet.unref();
    const bytes = statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes > limitBytes) this.checkpoint();
    else void this.#copyWal();
  }

  /** The frames of an earlier engine are committed, and the spool is about to go. */
  carriedOver(): void {
    this.#wal.syncAtOnce();
  }

  /** A checkpoint syncs two files: while there is work, another thread does it. */
  async #copyWal(): Promise<void> {
    const now = this.#ledger.now().ms;
    const copy = this.#checkpointElsewhere;
    if (
      copy === undefined ||
      this.#checkpointing ||
      this.#wal.failure !== null ||
      now - this.#checkpointedMs < checkpointMs
    )
      return;
    this.#checkpointing = true;
    this.#checkpointedMs = now;
    try {
      await copy(this.#path);
    } catch (error) {
      // The WAL keeps everything; a later checkpoint will do it.
      this.#noteUnsynced((error as { readonly cause?: unknown }).cause);
    } finally {
      this.#checkpointing = false;
    }
  }

  #noteUnsynced(thrown: unknown): void {
    if ((thrown as { readonly code?: unknown } | undefined)?.code === 'SQLITE_IOERR_FSYNC')
      this.#wal.failed(thrown);
  }

  /**
   * Copies the WAL into the database and empties it. Returns whether it is empty now. `waitMs`: for readers and for
   * a copy that goes on elsewhere; the loop stands still meanwhile.
   */
  checkpoint(waitMs = 0): boolean {
    const { transaction, database } = this.#workspaces.tables;
    if (transaction.isOpen || this.#wal.failure !== null) return false;
    try {
      database.pragma(`busy_timeout = ${waitMs}`);
      return database.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0;
    } catch (error) {
      // Busy or full: the WAL keeps everything, a later checkpoint will do it.
      this.#noteUnsynced(error);
      return false;
    } finally {
      database.pragma(`busy_timeout = ${this.#ledger.trouble === null ? lockWaitMs : 0}`);
    }
  }

  /**
   * Commits the group, then syncs the WAL once for everybody who asked in the meantime. After a sync that failed, what was
   * not written then is written first.
   */
  sync(): Promise<void> {
    if (this.#wal.failure !== null) return this.#wal.rescue().then(() => this.sync());
    this.#ledger.commit();
    if (this.#running === undefined) {
      this.#running = this.#wal.sync().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.sync();
      });
    return this.#next;
  }

  /** Before the store is closed: its file is to hold everything. */
  finish(): void {
    this.checkpoint(lastMs);
    clearInterval(this.#idle);
    clearTimeout(this.#quiet);
  }

  /** After the database. */
  close(): void {
    this.#wal.close();
  }
}
