import type { KernelNotifier } from './filesystem.js';
import type { Changes } from './operation-contexts.js';

/** A mount whose kernel may have cached something of the store. */
export interface CachingMount {
  readonly connection: number;
  readonly notifier: KernelNotifier;
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
  readonly #pending = new Map<number, Set<Promise<void>>>();

  add(mount: CachingMount): void {
    // Until now the others were alone and may have cached with long time-outs; from now on they are told.
    this.#mounts.set(mount.connection, mount);
  }

  remove(connection: number): void {
    this.#mounts.delete(connection);
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

  notify({ connection, attributes, contents, own, directories }: Changes): void {
    for (const mount of this.#mounts.values()) {
      if (mount.connection === connection) {
        for (const ino of own) this.#wait(connection, mount.notifier.invalidatePages(ino));
        continue;
      }
      if (directories.length > 0) mount.notifier.advanceEpoch();
      for (const ino of directories) mount.notifier.invalidateAttributes(ino);
      for (const ino of attributes) mount.notifier.invalidateAttributes(ino);
      for (const ino of contents) {
        if (mount.hasWorkingState(ino)) continue;
        this.#wait(connection, mount.notifier.invalidatePages(ino));
      }
    }
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
