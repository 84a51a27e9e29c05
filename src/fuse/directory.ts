import type { DirectorySink, EntryReply, NodeId } from '../vfs/filesystem.js';
import { Size } from './abi.js';
import type { ReplyWriter } from './encode.js';

const FILE_TYPE_SHIFT = 12;

/** Records are padded to 8 bytes (FUSE_DIRENT_ALIGN). */
const aligned = (length: number): number => (length + 7) & ~7;

/**
 * Packs `fuse_dirent`, or `fuse_direntplus` for READDIRPLUS, into the reply that is being written, up to the
 * size that the kernel asked for.
 */
export class DirectoryWriter implements DirectorySink {
  readonly #reply: ReplyWriter;
  #limit = 0;
  #plus = false;

  constructor(reply: ReplyWriter) {
    this.#reply = reply;
  }

  begin(size: number, plus: boolean): void {
    this.#limit = Math.min(size, this.#reply.room);
    this.#plus = plus;
  }

  add(name: Buffer, ino: NodeId, mode: number, nextOffset: number, entry: EntryReply | null): boolean {
    const reply = this.#reply;
    const record = aligned((this.#plus ? Size.direntPlus : Size.dirent) + name.length);
    if (reply.bodyLength + record > this.#limit) return false;
    if (this.#plus) {
      // Node id 0 gives the name without a lookup: the kernel then counts no reference to forget.
      if (entry === null) reply.zeros(Size.entryOut);
      else reply.entry(entry);
    }
    reply.u64(ino);
    reply.u64(nextOffset);
    reply.u32(name.length);
    reply.u32((mode >>> FILE_TYPE_SHIFT) & 0xf);
    reply.bytes(name);
    reply.zeros(aligned(name.length) - name.length);
    return true;
  }
}
