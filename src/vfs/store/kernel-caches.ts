/** Parts of an inode that a kernel may have cached. */
export const Cached = { attributes: 1, pages: 2, name: 4 } as const;

const ofContent = Cached.attributes | Cached.pages;
const everything = ofContent | Cached.name;

/**
 * What the kernels of a store's mounts may have cached: noted before a reply with data or a time-out goes out, taken
 * back when an invalidation is queued. So a change is told to those who have something to forget, not to a thousand
 * mounts. Mounts are named by their connections.
 */
export class KernelCaches {
  /** By inode, then by connection: `Cached` bits. */
  readonly #held = new Map<number, Map<number, number>>();
  /** Kernels that another engine, or nobody, has kept book of: they have everything but what is noted in `held`. */
  readonly #unknown = new Set<number>();

  /** From now on the mount counts as having cached everything. */
  assume(connection: number): void {
    this.remove(connection);
    this.#unknown.add(connection);
  }

  remove(connection: number): void {
    this.#unknown.delete(connection);
    for (const ino of this.#held.keys()) this.forget(connection, ino);
  }

  give(connection: number, ino: number, bits: number): void {
    const before = this.#held.get(ino)?.get(connection) ?? (this.#unknown.has(connection) ? everything : 0);
    this.#note(connection, ino, before | bits);
  }

  #note(connection: number, ino: number, bits: number): void {
    const known = this.#held.get(ino);
    if (known === undefined) this.#held.set(ino, new Map([[connection, bits]]));
    else known.set(connection, bits);
  }

  /** The kernel has dropped the inode with all that it had of it. */
  forget(connection: number, ino: number): void {
    const known = this.#held.get(ino);
    if (known?.delete(connection) && known.size === 0) this.#held.delete(ino);
  }

  /** The mounts, but the one that made the change, that may have attributes of the inode, and now have none. */
  takeAttributes(ino: number, author: number): number[] {
    return this.#take(ino, author, Cached.attributes, Cached.attributes);
  }

  /** The same for attributes or pages, and now have neither. */
  takePages(ino: number, author: number): number[] {
    return this.#take(ino, author, ofContent, ofContent);
  }

  /** The same for the name of a directory. */
  takeName(ino: number, author: number): number[] {
    return this.#take(ino, author, Cached.name, Cached.name);
  }

  #take(ino: number, author: number, asked: number, taken: number): number[] {
    const known = this.#held.get(ino);
    const found: number[] = [];
    for (const [connection, bits] of known ?? []) {
      if (connection === author || (bits & asked) === 0) continue;
      found.push(connection);
      known!.set(connection, bits & ~taken);
    }
    for (const connection of this.#unknown) {
      if (connection === author || known?.has(connection)) continue;
      found.push(connection);
      this.#note(connection, ino, everything & ~taken);
    }
    return found;
  }
}
