import type { BranchLedger } from '../store/branch-ledger.js';
import type { Coherence } from '../store/coherence.js';
import { type Inode, workingOf } from '../store/inode.js';

/**
 * Truncations whose descriptor was closed before anything was written. A shell does that to its first descriptor
 * of `> file`, so no version is made yet; but after a close other mounts must see what was done. They are told to
 * ask again, and the first one that looks makes the version.
 */
export class DueCommits {
  readonly #ledger: BranchLedger;
  readonly #coherence: Coherence;

  constructor(ledger: BranchLedger, coherence: Coherence) {
    this.#ledger = ledger;
    this.#coherence = coherence;
  }

  /** Returns whether there is something that other mounts must hear of. */
  mark(inode: Inode | undefined, connection: number): boolean {
    const state = inode && workingOf(inode, connection);
    if (inode === undefined || state === undefined || state.size > 0 || inode.size === 0) return false;
    state.isDue = true;
    const contents = [inode.ino];
    this.#coherence.notify({ connection, attributes: [], contents, own: [], names: [] });
    return true;
  }

  /** Before a mount looks at the file. */
  settle(inode: Inode, looking: number): Inode {
    if (inode.working.length === 0) return inode;
    for (const { isDue, connection, actor } of [...inode.working]) {
      if (!isDue || connection === looking) continue;
      try {
        this.#ledger.run(
          'commit',
          { connection, actor, unique: 0n, resent: false },
          { ino: inode.ino, own: true },
        );
      } catch {
        // Refused, or a full disk: that is for the writer to hear at its next call, not for who looks.
      }
    }
    return inode;
  }
}
