import type { CachingMount } from './caching-mount.js';
import { Cached, type KernelCaches } from './kernel-caches.js';
import type { ChangedName } from './operation-contexts.js';
import { RecentChanges } from './recent-changes.js';

const longSeconds = 86_400;

/** Where a reply puts a name. */
export interface Placing {
  readonly parent: number;
  /**
   * The kernel holds the lock of the directory until it has taken the reply in. It does where it makes the entry, or
   * lists the directory; not where it only asks whether an entry that it has still holds.
   */
  readonly isLocked: boolean;
}

/**
 * Names of directories that kernels keep though their branch has several mounts: a path would cost one LOOKUP for each
 * of its parts otherwise, and directories are seldom renamed or removed. Then the others are made to ask again, and the
 * reply waits for that.
 *
 * Expiring a name takes the lock of the directory it is in, and RMDIR and RENAME hold it until they are answered. So no
 * reply waits for a mount whose own reply is waiting: replies would wait for each other in a circle. Two mounts that
 * rename directories in the same moment may thus see each other's change a moment after the reply; that they do it in
 * the same directory is avoided, as names are not kept where another mount has changed some lately.
 *
 * A name is given only under the directory's lock: else a reply that is late could bring it back after it was expired.
 */
export class DirectoryNames {
  readonly #mounts: ReadonlyMap<number, CachingMount>;
  readonly #caches: KernelCaches;
  readonly #recent = new RecentChanges();
  /** By author: what its reply must wait for. */
  readonly #expiring = new Map<number, Promise<void>[]>();
  /** Mounts with a reply that waits. */
  readonly #waiting = new Map<number, number>();

  constructor(mounts: ReadonlyMap<number, CachingMount>, caches: KernelCaches) {
    this.#mounts = mounts;
    this.#caches = caches;
  }

  /** Seconds for which the kernel may keep the name of the directory that it is about to be given. */
  seconds(connection: number, ino: number, { parent, isLocked }: Placing): number {
    const canKeep = isLocked && this.#mounts.get(connection)?.notifier.hasExpiry === true;
    if (!canKeep || this.#recent.hasOthers(parent, connection)) return 0;
    this.#caches.give(connection, ino, Cached.name);
    return longSeconds;
  }

  /** Returns what it has begun. */
  changed(author: number, names: readonly ChangedName[]): Promise<void>[] {
    const begun: Promise<void>[] = [];
    const waitedFor: Promise<void>[] = [];
    this.#expiring.delete(author);
    for (const { parent, name, was } of names) {
      if (this.#mounts.size > 1) this.#recent.add(parent, author);
      for (const connection of was === null ? [] : this.#caches.takeName(was, author)) {
        const notifier = this.#mounts.get(connection)?.notifier;
        if (notifier === undefined) continue;
        const expired = notifier.expireName(parent, name);
        begun.push(expired);
        // Who is overdue is waited for once, not once for each directory.
        if (notifier.coherent !== false && !this.#waiting.has(connection)) waitedFor.push(expired);
      }
    }
    if (waitedFor.length > 0) this.#expiring.set(author, waitedFor);
    return begun;
  }

  /** What the reply to the change just made has to wait for. */
  settled(author: number): Promise<void> | undefined {
    const waitedFor = this.#expiring.get(author);
    if (waitedFor === undefined) return undefined;
    this.#expiring.delete(author);
    this.#waiting.set(author, (this.#waiting.get(author) ?? 0) + 1);
    return Promise.all(waitedFor).then(() => {
      const left = this.#waiting.get(author)! - 1;
      if (left > 0) this.#waiting.set(author, left);
      else this.#waiting.delete(author);
    });
  }
}
