/** Lookups that a mount's kernel has not forgotten, by inode (FUSE's nlookup): upper bounds, as FORGETs may be lost. */
export class KnownInodes {
  readonly #lookups = new Map<number, number>();

  has(ino: number): boolean {
    return this.#lookups.has(ino);
  }

  add(ino: number): void {
    this.#lookups.set(ino, (this.#lookups.get(ino) ?? 0) + 1);
  }

  /** Returns whether the kernel now knows nothing of an inode that it knew. */
  forget(ino: number, count: number): boolean {
    const known = this.#lookups.get(ino);
    if (known === undefined) return false;
    if (known <= count) return this.#lookups.delete(ino);
    this.#lookups.set(ino, known - count);
    return false;
  }

  /** As they are now. */
  all(): number[] {
    return [...this.#lookups.keys()];
  }

  clear(): void {
    this.#lookups.clear();
  }
}
