import { refusal } from '../../core/errors.js';
import type { InodeRow, InodeTable } from '../../journal/tree/inodes.js';
import type { Inode } from './inode.js';

const capacity = 16_384;

/** Inodes in memory, written back with the group commit. Reads its own changes: the cache comes before the table. */
export class InodeCache {
  readonly #table: InodeTable;
  readonly #inodes = new Map<number, Inode>();
  readonly #dirty = new Set<Inode>();
  #trimAt = capacity;

  constructor(table: InodeTable) {
    this.#table = table;
  }

  find(ino: number): Inode | undefined {
    const known = this.#inodes.get(ino);
    if (known !== undefined) return known;
    const row = this.#table.get(ino);
    return row === undefined ? undefined : this.#keep(row, false);
  }

  /** Throws `gone` (ESTALE): the kernel asked for an inode that is no more. */
  get(ino: number): Inode {
    const inode = this.find(ino);
    if (inode === undefined) throw refusal('gone', `no inode ${ino}`);
    return inode;
  }

  /** Every inode whose committed content is one of these. */
  holding(contents: ReadonlySet<number>): Inode[] {
    const stored = this.#table.holding([...contents]).map((ino) => this.get(ino));
    const held = [...new Set([...stored, ...this.#dirty])];
    return held.filter(({ content }) => content !== null && contents.has(content));
  }

  add(row: InodeRow): Inode {
    const inode = this.#keep(row, true);
    this.#dirty.add(inode);
    return inode;
  }

  #keep(row: InodeRow, dirty: boolean): Inode {
    // Written out field by field: one hidden class for every inode keeps the hot path monomorphic.
    const inode: Inode = {
      ino: row.ino,
      mode: row.mode,
      uid: row.uid,
      gid: row.gid,
      rdev: row.rdev,
      nlink: row.nlink,
      size: row.size,
      atime_sec: row.atime_sec,
      atime_nsec: row.atime_nsec,
      mtime_sec: row.mtime_sec,
      mtime_nsec: row.mtime_nsec,
      ctime_sec: row.ctime_sec,
      ctime_nsec: row.ctime_nsec,
      content: row.content,
      memory: row.memory,
      version: row.version,
      since: row.since,
      target: row.target,
      dirty,
      working: [],
      writers: 0,
      versioned: undefined,
    };
    this.#inodes.set(row.ino, inode);
    return inode;
  }

  /**
   * Lets the oldest go when there are too many. Never while an operation runs: it may hold an inode that it is
   * about to change, and a second object for the same inode would not know of it.
   */
  trim(): void {
    if (this.#inodes.size < this.#trimAt) return;
    for (const [ino, inode] of this.#inodes) {
      if (this.#inodes.size <= capacity / 2) break;
      if (!inode.dirty && inode.writers === 0 && inode.working.length === 0) this.#inodes.delete(ino);
    }
    // What cannot go now is not looked at again before there is as much on top of it.
    this.#trimAt = Math.max(capacity, this.#inodes.size * 2);
  }

  changed(inode: Inode): void {
    if (inode.dirty) return;
    inode.dirty = true;
    this.#dirty.add(inode);
  }

  remove(inode: Inode): void {
    this.#dirty.delete(inode);
    this.#inodes.delete(inode.ino);
    this.#table.delete(inode.ino);
  }

  /** A directory moved: what lies below may have become versioned, or the reverse. */
  forgetVersioned(): void {
    for (const inode of this.#inodes.values()) inode.versioned = undefined;
  }

  writeBack(): void {
    for (const inode of this.#dirty) {
      this.#table.put(inode);
      inode.dirty = false;
    }
    this.#dirty.clear();
    this.trim();
  }

  /** After a rollback: the table is right, the cache is not. */
  clear(): void {
    this.#inodes.clear();
    this.#dirty.clear();
  }
}
