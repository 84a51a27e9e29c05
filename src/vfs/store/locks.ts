import { refusal } from '../../core/errors.js';
import type { HeldLock } from '../../journal/tree/open-state.js';
import type { LockHolder, LockRequest } from '../filesystem.js';

interface Waiter {
  readonly connection: number;
  readonly ino: number;
  readonly request: LockRequest;
  readonly unique: bigint;
  readonly grant: () => void;
  readonly refuse: (error: Error) => void;
}

/**
 * `flock(2)` and `fcntl(2)` locks of one store, across all its mounts.
 *
 * A waiting lock is queued and never blocks the loop (other file systems wedged whole machines here); it is
 * granted when it no longer conflicts, or refused by INTERRUPT. The kernel never sends granted locks again, so
 * they are kept over an engine's restart; waiting ones do come again.
 */
export class LockTable {
  #held = new Map<number, HeldLock[]>();
  #waiting: Waiter[] = [];
  changed = false;

  all(): HeldLock[] {
    return [...this.#held.values()].flat();
  }

  load(locks: readonly HeldLock[]): void {
    this.#held = new Map();
    for (const lock of locks) this.#held.set(lock.ino, [...(this.#held.get(lock.ino) ?? []), lock]);
    this.changed = false;
  }

  conflicting(connection: number, ino: number, request: LockRequest): HeldLock | undefined {
    if (request.type === 'unlock') return undefined;
    return this.#held
      .get(ino)
      ?.find(
        (lock) =>
          lock.kind === request.kind &&
          !(lock.owner === request.owner && lock.connection === connection) &&
          (lock.type === 'write' || request.type === 'write') &&
          lock.start <= request.end &&
          request.start <= lock.end,
      );
  }

  test(connection: number, ino: number, request: LockRequest): LockHolder | null {
    return this.conflicting(connection, ino, request) ?? null;
  }

  /** Grants or releases; the caller has seen that nothing conflicts. */
  set(connection: number, ino: number, handle: number, request: LockRequest): void {
    const { kind, owner, start, end, pid } = request;
    const kept: HeldLock[] = [];
    for (const lock of this.#held.get(ino) ?? []) {
      const own = lock.kind === kind && lock.owner === owner && lock.connection === connection;
      if (!own || lock.end < start || end < lock.start) {
        kept.push(lock);
        continue;
      }
      if (lock.start < start) kept.push({ ...lock, end: start - 1n });
      if (lock.end > end) kept.push({ ...lock, start: end + 1n });
    }
    if (request.type !== 'unlock')
      kept.push({ ino, connection, handle, kind, owner, type: request.type, start, end, pid });
    if (kept.length > 0) this.#held.set(ino, kept);
    else this.#held.delete(ino);
    this.changed = true;
    if (request.type !== 'write') this.#wake(ino);
  }

  /** `take` is called when nothing conflicts any more; it must set the lock before it returns. */
  wait(
    connection: number,
    ino: number,
    request: LockRequest,
    unique: bigint,
    take: () => void,
  ): Promise<void> {
    if (request.kind === 'posix' && this.#wouldDeadlock(connection, ino, request))
      throw refusal('deadlock', 'waiting for this lock would never end');
    return new Promise((resolve, reject) => {
      const grant = (): void => {
        try {
          take();
          resolve();
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.push({ connection, ino, request, unique, grant, refuse: reject });
    });
  }

  /** Follows who waits for whom; a cycle back to the asking owner is a deadlock (fcntl(2), EDEADLK). */
  #wouldDeadlock(connection: number, ino: number, request: LockRequest): boolean {
    const seen = new Set<HeldLock>();
    let holder = this.conflicting(connection, ino, request);
    while (holder !== undefined && !seen.has(holder)) {
      seen.add(holder);
      const { owner, connection: at } = holder;
      const waits = this.#waiting.find(
        (waiter) =>
          waiter.connection === at && waiter.request.owner === owner && waiter.request.kind === 'posix',
      );
      if (waits === undefined) return false;
      holder = this.conflicting(waits.connection, waits.ino, waits.request);
      if (holder?.owner === request.owner && holder.connection === connection) return true;
    }
    return false;
  }

  /** Not at once: a lock is granted by a mutation of its own, after the one that released it. */
  #wake(ino: number): void {
    if (this.#waiting.some((waiter) => waiter.ino === ino)) queueMicrotask(() => this.#grant(ino));
  }

  #grant(ino: number): void {
    for (const waiter of this.#waiting.filter((candidate) => candidate.ino === ino)) {
      if (this.conflicting(waiter.connection, ino, waiter.request) !== undefined) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      waiter.grant();
    }
  }

  interrupt(connection: number, unique: bigint): void {
    const index = this.#waiting.findIndex(
      (waiter) => waiter.connection === connection && waiter.unique === unique,
    );
    if (index === -1) return;
    const [waiter] = this.#waiting.splice(index, 1);
    waiter!.refuse(refusal('interrupted', 'interrupted while waiting for a lock'));
  }

  holds(connection: number, ino: number, kind: 'posix' | 'flock', owner: bigint): boolean {
    const locks = this.#held.get(ino);
    return (
      locks?.some((lock) => lock.kind === kind && lock.owner === owner && lock.connection === connection) ??
      false
    );
  }

  /** Whether anything was locked through this handle and is still held. */
  heldThrough(connection: number, ino: number, handle: number): boolean {
    const locks = this.#held.get(ino);
    return locks?.some((lock) => lock.handle === handle && lock.connection === connection) ?? false;
  }

  dropHandle(connection: number, ino: number, handle: number): void {
    this.#keep(ino, (lock) => lock.handle !== handle || lock.connection !== connection);
  }

  #keep(ino: number, isKept: (lock: HeldLock) => boolean): void {
    const locks = this.#held.get(ino) ?? [];
    const kept = locks.filter(isKept);
    if (kept.length === locks.length) return;
    if (kept.length > 0) this.#held.set(ino, kept);
    else this.#held.delete(ino);
    this.changed = true;
    this.#wake(ino);
  }

  /** A mount is gone, and with it its locks and its waiters. */
  dropConnection(connection: number): void {
    for (const waiter of this.#waiting.filter((candidate) => candidate.connection === connection))
      this.interrupt(connection, waiter.unique);
    for (const ino of [...this.#held.keys()]) this.#keep(ino, (lock) => lock.connection !== connection);
  }
}
