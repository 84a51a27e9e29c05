import type { InodeRow } from '../../journal/tree/inodes.js';
import type { WorkingState } from './working-state.js';

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
  workingOf(inode, connection)?.size ?? inode.size;
