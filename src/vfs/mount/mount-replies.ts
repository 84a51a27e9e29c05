import type { Attr, AttrReply, EntryReply, KernelNotifier, NegativeEntry } from '../filesystem.js';
import { storedBytes } from '../operations/data.js';
import type { Coherence } from '../store/coherence.js';
import type { Placing } from '../store/directory-names.js';
import { type Inode, sizeFor } from '../store/inode.js';
import type { Workspace } from '../store/workspace.js';

/** Seconds that a kernel may cache what nobody else can change without telling it. */
const cacheSeconds = 86_400;

/** Replies of one mount about inodes: attributes as this mount sees them, and for how long they hold. */
export class MountReplies {
  readonly #workspace: Workspace;
  readonly #coherence: Coherence;
  readonly #notifier: KernelNotifier;
  readonly #connection: number;

  constructor(workspace: Workspace, coherence: Coherence, notifier: KernelNotifier, connection: number) {
    this.#workspace = workspace;
    this.#coherence = coherence;
    this.#notifier = notifier;
    this.#connection = connection;
  }

  attributes(inode: Inode): AttrReply {
    this.#coherence.gaveAttributes(this.#connection, inode.ino);
    return { attr: this.#attr(inode), attrValid: this.#attrSeconds };
  }

  /**
   * On a shared store a reply that may make the kernel's inode (`isKnown` false) grants no attributes: an
   * invalidation that arrives before the inode is there is lost (ENOENT), and it would go on with the old size.
   */
  entry(inode: Inode, place: Placing & { readonly isKnown: boolean }): EntryReply {
    this.#coherence.gaveAttributes(this.#connection, inode.ino);
    const attrValid = place.isKnown || !this.#coherence.isShared ? this.#attrSeconds : 0;
    const entryValid = this.keepCache ? this.#coherence.nameSeconds(this.#connection, inode, place) : 0;
    return { attr: this.#attr(inode), attrValid, entryValid };
  }

  absent(): NegativeEntry {
    return { attr: null, entryValid: this.keepCache ? this.#coherence.absenceSeconds(this.#connection) : 0 };
  }

  /** Whether the pages that the kernel holds may be used on. */
  get keepCache(): boolean {
    return this.#notifier.coherent !== false;
  }

  /** None while an invalidation of this mount is overdue. */
  get #attrSeconds(): number {
    return this.keepCache ? cacheSeconds : 0;
  }

  #attr(inode: Inode): Attr {
    const size = sizeFor(inode, this.#connection);
    return {
      ino: inode.ino,
      mode: inode.mode,
      nlink: inode.nlink,
      uid: inode.uid,
      gid: inode.gid,
      rdev: inode.rdev,
      size,
      blocks: Math.ceil(storedBytes(this.#workspace, inode, this.#connection, size) / 512),
      atimeSec: inode.atime_sec,
      atimeNsec: inode.atime_nsec,
      mtimeSec: inode.mtime_sec,
      mtimeNsec: inode.mtime_nsec,
      ctimeSec: inode.ctime_sec,
      ctimeNsec: inode.ctime_nsec,
    };
  }
}
