/** Which WRITEs of the kernel are the rest of a write(2) whose beginning was taken. */

export const pageBytes = 4096;
/** Nearly all of the largest WRITE (1 MiB): one of unaligned buffers is a page shorter. */
export const longestBytes = (1 << 20) - pageBytes;

/** A WRITE that appends. */
export interface Piece {
  readonly connection: number;
  readonly ino: number;
  readonly handle: number;
  /** As the kernel numbers threads; 0: not known. */
  readonly thread: number;
  /** Where the kernel takes the end of the file to be. */
  readonly offset: number;
  readonly bytes: number;
}

/** Beyond that the write(2) that was begun first is taken for finished. */
const knownCalls = 1_024;

/**
 * The kernel cuts a write(2) where a WRITE is full, and at the end of a page that was begun in the middle and is not cached
 * (fuse_fill_write_pages). It sends the pieces one after the other under the inode's lock. A piece behind such a cut, by
 * the same thread through the same handle, may be the rest, or another write(2): nothing in it says which.
 */
export class WriteCalls {
  readonly #cut = new Map<string, Piece>();

  mayGoOnWith({ connection, ino, handle, thread, offset }: Piece): boolean {
    const before = this.#cut.get(keyOf(connection, ino));
    return (
      before !== undefined &&
      before.handle === handle &&
      before.thread === thread &&
      before.offset + before.bytes === offset
    );
  }

  took(piece: Piece): void {
    const key = keyOf(piece.connection, piece.ino);
    this.#cut.delete(key);
    if (!mayBeCut(piece)) return;
    if (this.#cut.size >= knownCalls) this.#cut.delete(this.#cut.keys().next().value!);
    this.#cut.set(key, piece);
  }
}

function mayBeCut({ offset, bytes }: Piece): boolean {
  const inFirstPage = offset % pageBytes;
  return bytes >= longestBytes || (inFirstPage !== 0 && bytes === pageBytes - inFirstPage);
}

const keyOf = (connection: number, ino: number): string => `${connection}:${ino}`;
