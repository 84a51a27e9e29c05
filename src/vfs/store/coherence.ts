import type { KernelNotifier } from '../filesystem.js';
import { Cached, KernelCaches } from './kernel-caches.js';
import type { Changes } from './operation-contexts.js';

/** A mount whose kernel may have cached something of the store. */
export interface CachingMount {
  readonly connection: number;
  readonly notifier: KernelNotifier;
  /** An earlier engine served it: nobody knows what its kernel has. */
  readonly isInherited: boolean;
  /** It must hear of every change, whatever its kernel has cached: what it may see depends on it. */
  readonly hearsAll: boolean;
  /** Its kernel may still ask for the inode; so it may for every inode when an earlier engine served it. */
  knows(ino: number): boolean;
  /** A working state of its own: its pages are newer than the store's, and must stay (KERNEL: dirty mmap pages). */
  hasWorkingState(ino: number): boolean;
}

/**
 * Tells the other mounts of a store what changed. INVAL_ENTRY and NOTIFY_DELETE are never used: they take the
 * directory's lock in the kernel, and two mounts that rename at the same time would wait for each other for ever.
 */
export class Coherence {
  readonly #mounts = new Map<number, CachingMount>();
  readonly #caches = new KernelCaches();
  /** Invalidations of pages that the kernels have not done yet, by inode. */
  readonly #dropping = new Map<number, Set<Promise<void>>>();
  readonly #pending = new Map<number, Set<Promise<void>>>();

  add(mount: CachingMount): void {
    // Until now the others were alone, and nobody kept book; from now on they are told.
    if (this.#mounts.size === 1) this.#assumeAll();
    this.#mounts.set(mount.connection, mount);
    if (mount.isInherited || !this.isShared) this.#caches.assume(mount.connection);
  }

  remove(connection: number): void {
    this.#mounts.delete(connection);
    this.#caches.remove(connection);
    if (!this.isShared) this.#assumeAll();
  }

  #assumeAll(): void {
    for (const connection of this.#mounts.keys()) this.#caches.assume(connection);
  }

  get hasMounts(): boolean {
    return this.#mounts.size > 0;
  }

  /** Whether a mount besides `connection` may still ask for the inode. */
  isKnownElsewhere(ino: number, connection: number): boolean {
    return [...this.#mounts.values()].some((mount) => mount.connection !== connection && mount.knows(ino));
  }

  get isShared(): boolean {
    return this.#mounts.size > 1;
  }

  /** A reply that the kernel may cache is about to go out. A mount that is alone counts as having everything. */
  gaveAttributes(connection: number, ino: number): void {
    if (this.isShared) this.#caches.give(connection, ino, Cached.attributes);
  }

  gavePages(connection: number, ino: number): void {
    if (this.isShared) this.#caches.give(connection, ino, Cached.attributes | Cached.pages);
  }

  gaveName(connection: number): void {
    if (this.isShared) this.#caches.giveNames(connection);
  }

  forgot(connection: number, ino: number): void {
    if (this.isShared) this.#caches.forget(connection, ino);
  }

  notify({ connection, attributes, contents, own, directories }: Changes): void {
    if (directories.length > 0)
      for (const mount of this.#caches.takeNames(connection))
        this.#mounts.get(mount)?.notifier.advanceEpoch();
    for (const ino of directories) this.#attributesChanged(ino, connection);
    for (const ino of attributes) this.#attributesChanged(ino, connection);
    for (const ino of contents) this.#contentChanged(ino, connection);
    const author = this.#mounts.get(connection);
    for (const ino of own) if (author !== undefined) this.#drop(author, ino);
    // Of a mount that is alone nobody keeps book: what it was told to drop now, it may have again soon.
    if (!this.isShared && author === undefined) this.#assumeAll();
    for (const ino of [...contents, ...own])
      for (const done of this.#dropping.get(ino) ?? []) this.#wait(connection, done);
  }

  #attributesChanged(ino: number, author: number): void {
    const mounts = new Set(this.#caches.takeAttributes(ino, author));
    for (const { connection, hearsAll } of this.#mounts.values())
      if (hearsAll && connection !== author) mounts.add(connection);
    for (const mount of mounts) this.#mounts.get(mount)?.notifier.invalidateAttributes(ino);
  }

  #contentChanged(ino: number, author: number): void {
    for (const connection of this.#caches.takePages(ino, author)) {
      const mount = this.#mounts.get(connection);
      if (mount === undefined) continue;
      if (mount.hasWorkingState(ino)) this.gavePages(connection, ino);
      else this.#drop(mount, ino);
    }
  }

  #drop({ notifier }: CachingMount, ino: number): void {
    const done = notifier.invalidatePages(ino);
    const others = this.#dropping.get(ino) ?? new Set();
    this.#dropping.set(ino, others);
    others.add(done);
    void done.finally(() => {
      others.delete(done);
      if (others.size === 0 && this.#dropping.get(ino) === others) this.#dropping.delete(ino);
    });
  }

  #wait(connection: number, done: Promise<void>): void {
    const waits = this.#pending.get(connection) ?? new Set();
    this.#pending.set(connection, waits);
    waits.add(done);
    void done.finally(() => {
      waits.delete(done);
      if (waits.size === 0 && this.#pending.get(connection) === waits) this.#pending.delete(connection);
    });
  }

  /** What the mutations of this connection since the last call have made other kernels drop. */
  settled(connection: number): Promise<unknown> | undefined {
    const waits = this.#pending.get(connection);
    if (waits === undefined) return undefined;
    this.#pending.delete(connection);
    return Promise.all(waits);
  }
}
