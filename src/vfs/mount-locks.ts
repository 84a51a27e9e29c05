import type { Deferred, LockHolder, LockRequest, RequestContext } from './filesystem.js';
import type { Ledger } from './ledger.js';
import { toSetLock } from './operations/locks.js';
import type { MountView } from './store.js';
import type { Workspace } from './workspace.js';

const wholeFile = { start: 0n, end: 0x7fff_ffff_ffff_ffffn };

/** The locks of one mount: taken, waited for, and given up when descriptors close. */
export class MountLocks {
  readonly #workspace: Workspace;
  readonly #ledger: Ledger;
  readonly #view: MountView;

  constructor(workspace: Workspace, ledger: Ledger, view: MountView) {
    this.#workspace = workspace;
    this.#ledger = ledger;
    this.#view = view;
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
    const { connection, actor } = this.#view;
    const { unique, resent } = context;
    const take = (): void => {
      this.#ledger.run('setLock', { connection, actor, unique, resent }, toSetLock(ino, handle, lock));
    };
    if (!wait || this.#workspace.locks.conflicting(connection, ino, lock) === undefined) {
      take();
      return;
    }
    return this.#workspace.locks.wait(connection, ino, lock, unique, take);
  }

  interrupt(unique: bigint): void {
    this.#workspace.locks.interrupt(this.#view.connection, unique);
  }

  /** close(2) of any descriptor gives up all record locks that the process holds on the file (fcntl(2)). */
  flush(context: RequestContext, ino: number, owner: bigint): void {
    if (this.#workspace.locks.holds(this.#view.connection, ino, 'posix', owner))
      this.#unlock(context, ino, 'posix', owner);
  }

  /** The last close of an open file description gives up its flock(2) and OFD locks. */
  release(context: RequestContext, ino: number, handle: number, flockOwner: bigint | null): void {
    const { connection } = this.#view;
    const { locks } = this.#workspace;
    if (flockOwner !== null && locks.holds(connection, ino, 'flock', flockOwner))
      this.#unlock(context, ino, 'flock', flockOwner);
    if (locks.heldThrough(connection, ino, handle))
      this.#ledger.run('dropLocks', this.#origin(context), { ino, handle });
  }

  #unlock(context: RequestContext, ino: number, kind: 'posix' | 'flock', owner: bigint): void {
    const lock = toSetLock(ino, 0, { kind, owner, type: 'unlock', ...wholeFile, pid: 0 });
    this.#ledger.run('setLock', this.#origin(context), lock);
  }

  /** Not the request's own result, which belongs to what FLUSH or RELEASE does besides. */
  #origin({ connection }: RequestContext) {
    return { connection, unique: 0n, resent: false, actor: this.#view.actor };
  }
}
