import type { Actor } from '../../core/model.js';
import type { InodeRow } from '../../journal/inodes.js';
import type { WorkingContent } from '../../journal/working-content.js';

/** Uncommitted content of an inode, as one mount sees it: there is one for each (mount, inode). */
export interface WorkingState {
  readonly connection: number;
  readonly content: WorkingContent;
  /** The committed content that it was begun from. */
  readonly base: number | null;
  /** The committed content that it must still find when it is committed; null: whatever is there. */
  basis: number | null;
  /** The size of `base` while nothing but appends followed; else null. */
  appendedTo: number | null;
  /** A descriptor was closed since it was cut to nothing: other mounts must see that when they look. */
  isDue: boolean;
  /** Who changed it last. */
  actor: Actor;
  /** Milliseconds since the epoch of the last change, for the idle commit. */
  changedMs: number;
}

/** The present state of an inode in memory: its row and what is not in a row. */
export interface Inode extends InodeRow {
  /** Differs from the stored row; written with the next group commit. */
  dirty: boolean;
  working: WorkingState[];
  /** Handles open for writing. */
  writers: number;
  /** Whether it lies in the versioned part of the tree; undefined: not known (anymore). */
  versioned: boolean | undefined;
}

export const workingOf = (inode: Inode, connection: number): WorkingState | undefined =>
  inode.working.length === 0 ? undefined : inode.working.find((state) => state.connection === connection);

/** The size in bytes that a mount sees. */
export const sizeFor = (inode: Inode, connection: number): number =>
  workingOf(inode, connection)?.content.size ?? inode.size;
