import { refusal } from '../../core/errors.js';
import type { Entry } from '../../journal/tree/entries.js';
import type { DirectorySink, EntryReply, NegativeEntry } from '../filesystem.js';
import { checkName } from '../operations/namespace.js';
import type { Inode } from '../store/inode.js';
import { isDirectory } from '../store/mode.js';
import type { Origin } from '../store/operation.js';
import { fillDirectory } from './directory-listing.js';
import type { DueCommits } from './due-commits.js';
import { KnownInodes } from './known-inodes.js';
import type { MountParts } from './mount-operations.js';
import type { MountReplies } from './mount-replies.js';

interface Parts extends MountParts {
  readonly replies: MountReplies;
  readonly due: DueCommits;
  /** For what the mount does by itself. */
  readonly internal: Origin;
}

/** Inodes as one mount shows them, and which of them its kernel knows. */
export class MountNodes {
  readonly #parts: Parts;
  readonly #connection: number;
  readonly #isInherited: boolean;
  readonly #known = new KnownInodes();

  /** `isInherited`: an earlier engine served the connection, and only its kernel knows what it knows of. */
  constructor(parts: Parts, connection: number, isInherited: boolean) {
    this.#parts = parts;
    this.#connection = connection;
    this.#isInherited = isInherited;
  }

  /** Returns what the name stands for, for the kernel to know. Throws `name_too_long`, `not_a_directory`. */
  lookup(parent: number, name: Buffer): EntryReply | NegativeEntry {
    checkName(name);
    const { workspace, replies } = this.#parts;
    workspace.inodes.trim();
    const directory = workspace.inodes.get(parent);
    if (!isDirectory(directory.mode)) throw refusal('not_a_directory', 'not a directory');
    const entry = workspace.entries.find(parent, name);
    if (entry === undefined) return replies.absent();
    const isKnown = this.#known.has(entry.ino);
    this.#known.add(entry.ino);
    const inode = this.look(entry.ino);
    return replies.entry(inode, { parent, isKnown, isLocked: !isKnown && !this.#isInherited });
  }

  /** Returns the same of what was just made in the directory `parent`. */
  entry(ino: number, parent: number): EntryReply {
    const isKnown = this.#known.has(ino);
    this.#known.add(ino);
    return this.#parts.replies.entry(this.look(ino), { parent, isKnown, isLocked: true });
  }

  /** Returns the inode as this mount must see it now. */
  look(ino: number): Inode {
    return this.#parts.due.settle(this.#parts.workspace.inodes.get(ino), this.#connection);
  }

  /** The kernel drops `count` references. Never throws. */
  forget(ino: number, count: number): void {
    if (!this.#known.forget(ino, count)) return;
    const { coherence, workspace } = this.#parts;
    coherence.forgot(this.#connection, ino);
    if (workspace.inodes.find(ino)?.nlink === 0) this.#reclaim(ino);
  }

  #reclaim(ino: number): void {
    const { coherence, ledger, internal } = this.#parts;
    if (coherence.isKnownElsewhere(ino, this.#connection)) return;
    try {
      ledger.run('reclaim', internal, { ino });
    } catch {
      // A full disk: the inode stays and goes when the mount ends.
    }
  }

  /** Gives the entries of a directory. With `plus` the kernel knows those that were taken. */
  list(ino: number, offset: number, plus: boolean, sink: DirectorySink): void {
    fillDirectory(this.#parts.workspace, ino, offset, {
      wants: sink.wants,
      add: (name, inode, nextOffset) => {
        const isDot = nextOffset <= 2;
        if (!plus || isDot) return sink.add(name, inode.ino, inode.mode, nextOffset, null);
        const isKnown = this.#known.has(inode.ino);
        const entry = this.#parts.replies.entry(inode, { parent: ino, isKnown, isLocked: true });
        if (!sink.add(name, inode.ino, inode.mode, nextOffset, entry)) return false;
        this.#known.add(inode.ino);
        return true;
      },
    });
  }

  /** Whether the kernel may still ask for an inode. */
  knows(ino: number): boolean {
    return this.#isInherited || this.#known.has(ino);
  }

  /** Returns the names of the inodes that the kernel knows. */
  *names(): Generator<Entry> {
    const { entries } = this.#parts.workspace;
    if (this.#isInherited) yield* entries.all();
    else for (const ino of this.#known.all()) yield* entries.ofInode(ino);
  }

  /** The connection is over. */
  clear(): void {
    this.#known.clear();
  }
}
