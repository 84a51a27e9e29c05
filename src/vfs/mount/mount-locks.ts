import type { Deferred, LockHolder, LockRequest, RequestContext } from '../filesystem.js';
import { type SetLock, toSetLock } from '../operations/locks.js';
import type { BranchLedger } from '../store/branch-ledger.js';
import type { Origin } from '../store/operation.js';
import type { Workspace } from '../store/workspace.js';
import type { MountView } from '../store.js';

const wholeFile = { start: 0n, end: 0x7fff_ffff_ffff_ffffn };

const unlockAll = (ino: number, kind: 'posix' | 'flock', owner: bigint): SetLock =>
  toSetLock(ino, 0, { kind, owner, type: 'unlock', ...wholeFile, pid: 0 });

/** The locks of one mount: taken, waited for, and given up when descriptors close. */
export class MountLocks {
  readonly #workspace: Workspace;
  readonly #ledger: BranchLedger;
  readonly #view: MountView;
  readonly #publish: (context: RequestContext, ino: number) => Deferred<void>;

  /** `publish` commits what this mount has written to a file and resolves when other mounts can see it. */
  constructor(
    workspace: Workspace,
    ledger: BranchLedger,
    view: MountView,
    publish: (context: RequestContext, ino: number) => Deferred<void>,
  ) {
    this.#workspace = workspace;
    this.#ledger = ledger;
    this.#view = view;
    this.#publish = publish;
  }

  test(ino: number, lock: LockRequest): LockHolder | null {
    return this.#workspace.locks.test(this.#view.connection, ino, lock);
  }

  set(
    context: RequestContext,
    ino: number,
    handle: number,
    lock: LockRequest,
    wait: boolean,
  ): Deferred<void> {
    const { connection } = this.#view;
    const { unique, resent, pid } = context;
    const actor = this.#view.claimOf?.(pid) ?? this.#view.actor;
    if (lock.type === 'unlock') return this.#giveUp(context, ino, toSetLock(ino, handle, lock));
    const take = (): void => {
      const origin = { connection, actor, unique, resent };
      this.#ledger.run('setLock', origin, toSetLock(ino, handle, lock));
      // What the holder wrote before it let go is what this session begins from.
      this.#ledger.run('observeVersion', origin, { ino });
    };
    if (!wait || this.#workspace.locks.conflicting(connection, ino, lock) === undefined) {
      take();
      return;
    }
    context.waitsForOthers = true;
    return this.#workspace.locks.wait(connection, ino, lock, unique, take);
  }

  interrupt(unique: bigint): void {
    this.#workspace.locks.interrupt(this.#view.connection, unique);
  }

  /** A lock passes on when what was written under it has been published: its next holder reads that. */
  #giveUp(context: RequestContext, ino: number, lock: SetLock): Deferred<void> {
    const origin = this.#origin;
    const published = this.#publish(context, ino);
    if (published === undefined) this.#ledger.run('setLock', origin, lock);
    else return published.then(() => void this.#ledger.run('setLock', origin, lock));
  }

  /** close(2) of any descriptor gives up all record locks that the process holds on the file (fcntl(2)). */
  flush(context: RequestContext, ino: number, owner: bigint): Deferred<void> {
    if (!this.#workspace.locks.holds(this.#view.connection, ino, 'posix', owner)) return;
    return this.#giveUp(context, ino, unlockAll(ino, 'posix', owner));
  }

  /** The last close of an open file description gives up its flock(2) and OFD locks. */
  release(_context: RequestContext, ino: number, handle: number, flockOwner: bigint | null): void {
    const { connection } = this.#view;
    const { locks } = this.#workspace;
    if (flockOwner !== null && locks.holds(connection, ino, 'flock', flockOwner))
      this.#ledger.run('setLock', this.#origin, unlockAll(ino, 'flock', flockOwner));
    if (locks.heldThrough(connection, ino, handle))
      this.#ledger.run('dropLocks', this.#origin, { ino, handle });
  }

  /** Not the request's own result, which belongs to what FLUSH or RELEASE does besides. */
  get #origin(): Origin {
    const { connection, actor } = this.#view;
    return { connection, actor, unique: 0n, resent: false };
  }
}
