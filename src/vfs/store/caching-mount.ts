import type { Entry } from '../../journal/tree/entries.js';
import type { KernelNotifier } from '../filesystem.js';

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
  /** Those that its kernel may have been given of what it knows. */
  names(): Iterable<Pick<Entry, 'parent' | 'name' | 'ino'>>;
  isDirectory(ino: number): boolean;
  /** A working state of its own: its pages are newer than the store's, and must stay (docs/kernel.md: dirty pages). */
  hasWorkingState(ino: number): boolean;
}
