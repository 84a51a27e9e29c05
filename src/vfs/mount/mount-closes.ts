import type { Deferred, RequestContext } from '../filesystem.js';
import type { Workspace } from '../store/workspace.js';
import type { DueCommits } from './due-commits.js';
import type { MountLocks } from './mount-locks.js';
import type { MountOperations } from './mount-operations.js';
import type { WritesUnderWay } from './writes-under-way.js';

interface Parts {
  readonly workspace: Workspace;
  readonly operations: MountOperations;
  readonly locks: MountLocks;
  readonly due: DueCommits;
}

/** Descriptors of one mount that are closed: what was written becomes a version, and locks are given up. */
export class MountCloses {
  readonly #workspace: Workspace;
  readonly #operations: MountOperations;
  readonly #locks: MountLocks;
  readonly #due: DueCommits;
  readonly #connection: number;
  readonly #underWay: WritesUnderWay;

  constructor({ workspace, operations, locks, due }: Parts, connection: number, underWay: WritesUnderWay) {
    this.#workspace = workspace;
    this.#operations = operations;
    this.#locks = locks;
    this.#due = due;
    this.#connection = connection;
    this.#underWay = underWay;
  }

  /**
   * A descriptor that wrote nothing commits nothing, though its file may be new or cut to nothing: a shell closes
   * its first descriptor of `> file` before it writes to the second. RELEASE commits what is left then, or the next
   * mount that looks.
   */
  flush(context: RequestContext, ino: number, handle: number, owner: bigint): Deferred<void> {
    const whole = this.#underWay.ended(ino, handle, context.pid);
    return whole === undefined
      ? this.#flush(context, ino, handle, owner, true)
      : whole.then((isWhole) => this.#flush(context, ino, handle, owner, isWhole));
  }

  #flush(
    context: RequestContext,
    ino: number,
    handle: number,
    owner: bigint,
    isWhole: boolean,
  ): Deferred<void> {
    const open = this.#workspace.handles.get(handle);
    const hasWritten = open?.written === true;
    const own = true as const;
    const args = isWhole ? { ino, handle, own } : { ino, handle, own, duringAppend: own };
    const failure = hasWritten ? this.#operations.commit(context, args) : null;
    const isDue = open !== undefined && this.#due.mark(this.#workspace.inodes.find(ino), this.#connection);
    const settled =
      this.#locks.flush(context, ino, owner) ??
      (hasWritten || isDue ? this.#operations.settled() : undefined);
    if (failure === null) return settled;
    if (settled === undefined) throw failure;
    return settled.then(() => {
      throw failure;
    });
  }

  release(context: RequestContext, ino: number, handle: number, flockOwner: bigint | null): void {
    this.#locks.release(context, ino, handle, flockOwner);
    if (this.#workspace.handles.has(handle))
      this.#operations.run(context, 'closeHandle', { handle }, this.#operations.writerOf(handle));
  }
}
