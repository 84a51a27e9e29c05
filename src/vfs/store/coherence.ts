import type { CachingMount } from './caching-mount.js';
import { DirectoryNames, type Placing } from './directory-names.js';
import type { Inode } from './inode.js';
import { Cached, KernelCaches } from './kernel-caches.js';
import { isDirectory } from './mode.js';
import { NameCaches } from './name-caches.js';
import type { Changes } from './operation-contexts.js';

/** Changes from outside have no connection; nor has the attachment of a mount. */
const outside = 0;
/** Milliseconds that a mount is waited for which is to give up names. */
const expiryMs = 2_000;

/** Tells the other mounts of a store what changed, and says what replies may let kernels keep. */
export class Coherence {
  readonly #mounts = new Map<number, CachingMount>();
  readonly #caches = new KernelCaches();
  readonly #names = new NameCaches(this.#mounts);
  readonly #directories = new DirectoryNames(this.#mounts, this.#caches);
  /** Invalidations of pages that the kernels have not done yet, by inode. */
  readonly #dropping = new Map<number, Set<Promise<void>>>();
  readonly #pending = new Map<number, Set<Promise<void>>>();

  add(mount: CachingMount): void {
    // Until now the others were alone, and nobody kept book; from now on they are told.
    if (this.#mounts.size === 1) this.#assumeAll();
    this.#mounts.set(mount.connection, mount);
    if (mount.isInherited || !this.isShared) this.#caches.assume(mount.connection);
    for (const expired of this.#names.added(mount)) this.#wait(outside, inTime(expired));
  }

  remove(connection: number): void {
    this.#mounts.delete(connection);
    this.#caches.remove(connection);
    this.#names.removed(connection);
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

  /** Seconds for which the kernel may keep a name that is about to be given to it. */
  nameSeconds(connection: number, inode: Inode, place: Placing): number {
    if (!this.isShared) return this.#names.seconds(connection, true);
    return isDirectory(inode.mode) ? this.#directories.seconds(connection, inode.ino, place) : 0;
  }

  /** Seconds for which the kernel may remember that there is no such name. */
  absenceSeconds(connection: number): number {
    return this.#names.seconds(connection, false);
  }

  forgot(connection: number, ino: number): void {
    if (this.isShared) this.#caches.forget(connection, ino);
  }

  notify({ connection, attributes, contents, own, names }: Changes): void {
    const told = [...this.#names.changed(connection, names), ...this.#directories.changed(connection, names)];
    if (connection === outside) for (const expired of told) this.#wait(outside, expired);
    for (const ino of new Set(names.map(({ parent }) => parent))) this.#attributesChanged(ino, connection);
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

  /** What the reply to a change of names has to wait for. */
  renamed(connection: number): Promise<void> | undefined {
    return this.#directories.settled(connection);
  }

  /** What changes from outside and new mounts have made kernels forget. No reply to a kernel may wait for it. */
  async outsideSettled(): Promise<void> {
    await Promise.all(this.#pending.get(outside) ?? []);
  }

  /** What the mutations of this connection since the last call have made other kernels drop. */
  settled(connection: number): Promise<unknown> | undefined {
    const waits = this.#pending.get(connection);
    if (waits === undefined) return undefined;
    this.#pending.delete(connection);
    return Promise.all(waits);
  }
}

function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, expiryMs);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
