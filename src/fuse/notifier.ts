import { Errno } from '../core/errors.js';
import type { KernelNotifier, NodeId } from '../vfs/filesystem.js';
import { EXPIRE_ONLY, NotifyCode, Size } from './abi.js';
import type { FuseLog } from './dispatch.js';
import { WaitList } from './wait-list.js';

/** The slice of the native notifier that is used here: queued, merged when equal, reported by id. */
export interface NotifyThread {
  post(id: number, bytes: Uint8Array): void;
  close(): void;
}

export type StartNotifyThread = (onDone: (id: number, errno: number) => void) => NotifyThread;

export interface NotifierLimits {
  /** Milliseconds that an `invalidatePages` or an `expireName` is waited for. */
  readonly wait: number;
  /** Milliseconds before an invalidation that met ENOENT is sent again, attempt by attempt. */
  readonly retries: readonly number[];
}

export const defaultLimits: NotifierLimits = { wait: 2000, retries: [1, 5, 25] };

interface Pending {
  readonly ino: NodeId;
  readonly bytes: Buffer;
  /** Null: ENOENT says what is to be known. */
  readonly attempt: number | null;
}

/** `fuse_out_header` with `unique` 0, whose `error` is the code. */
function message(code: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(length, 0);
  bytes.writeInt32LE(code, 4);
  return bytes;
}

/** `fuse_notify_inval_inode_out`: a negative offset leaves the pages alone, length 0 means to the end. */
function invalidateInode(ino: NodeId, offset: -1 | 0): Buffer {
  const bytes = message(NotifyCode.INVAL_INODE, Size.notifyInvalInode);
  bytes.writeBigUInt64LE(BigInt(ino), 16);
  bytes.writeBigInt64LE(BigInt(offset), 24);
  return bytes;
}

/** `fuse_notify_inval_entry_out`, the name and a NUL. */
function expireEntry(parent: NodeId, name: Uint8Array): Buffer {
  const bytes = message(NotifyCode.INVAL_ENTRY, Size.notifyInvalEntry + name.length + 1);
  bytes.writeBigUInt64LE(BigInt(parent), 16);
  bytes.writeUInt32LE(name.length, 24);
  bytes.writeUInt32LE(EXPIRE_ONLY, 28);
  bytes.set(name, Size.notifyInvalEntry);
  return bytes;
}

export const resendMessage = (): Buffer => message(NotifyCode.RESEND, Size.outHeader);

/**
 * Tells one mount's kernel what to forget. A write of INVAL_INODE blocks while the kernel waits for folios, one of
 * INVAL_ENTRY while it waits for the directory's lock, so it happens on a thread. INVAL_ENTRY is only sent to expire a
 * name: without that flag it drops a directory that a process stands in, and what is mounted below.
 */
export class DeviceNotifier implements KernelNotifier {
  readonly #thread: NotifyThread;
  readonly #log: FuseLog;
  readonly #limits: NotifierLimits;
  readonly #pending = new Map<number, Pending>();
  readonly #waits: WaitList;
  #nextId = 0;
  /** Messages that are sent again in a moment. */
  #repeats = 0;
  #closed = false;
  #coherent = true;
  #hasExpiry = false;
  #negotiated = false;

  constructor(start: StartNotifyThread, log: FuseLog, limits: NotifierLimits = defaultLimits) {
    this.#log = log;
    this.#limits = limits;
    this.#waits = new WaitList(limits.wait, (ids) => this.#late(ids));
    this.#thread = start((id, errno) => this.#done(id, errno));
  }

  get hasExpiry(): boolean {
    return this.#hasExpiry;
  }

  /** False from a wait that met its limit until everything queued is written: cache nothing meanwhile. */
  get coherent(): boolean {
    return this.#coherent;
  }

  /** Everything so far has been written, and nothing is to be written again. */
  get isIdle(): boolean {
    return this.#pending.size + this.#repeats === 0;
  }

  /** Before INIT is answered the kernel knows nothing that it could forget. */
  begin(hasExpiry: boolean): void {
    this.#hasExpiry = hasExpiry;
    this.#negotiated = true;
  }

  invalidateAttributes(ino: NodeId): void {
    this.#post({ ino, bytes: invalidateInode(ino, -1), attempt: 0 });
  }

  invalidatePages(ino: NodeId): Promise<void> {
    const id = this.#post({ ino, bytes: invalidateInode(ino, 0), attempt: 0 });
    return id === 0 ? Promise.resolve() : this.#waits.add(id);
  }

  expireName(parent: NodeId, name: Uint8Array): Promise<void> {
    if (!this.#hasExpiry) return Promise.resolve();
    const id = this.#post({ ino: parent, bytes: expireEntry(parent, name), attempt: null });
    return id === 0 ? Promise.resolve() : this.#waits.add(id);
  }

  /** Ends every wait. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#thread.close();
    this.#pending.clear();
    this.#waits.endAll();
  }

  /** Returns 0 when there is nobody to tell. */
  #post(pending: Pending): number {
    if (this.#closed || !this.#negotiated) return 0;
    this.#nextId = (this.#nextId % 0x7fff_fffe) + 1;
    const id = this.#nextId;
    this.#pending.set(id, pending);
    this.#thread.post(id, pending.bytes);
    return id;
  }

  #done(id: number, errno: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    this.#waits.end(id);
    if (this.#pending.size === 0) this.#coherent = true;
    if (errno === Errno.ENOENT) this.#again(pending);
    else if (errno !== 0 && errno !== Errno.ENODEV)
      this.#log.error({ errno, ino: pending.ino }, 'the kernel refused a notification');
  }

  /**
   * ENOENT for an inode does not say "nothing cached": a client that has its LOOKUP reply but has not made the inode
   * yet would keep what the reply said. So it is told again, soon; nobody waits for that. Attributes suffice, as
   * an inode that did not exist had no pages. A name has no such gap: the client holds the lock of the directory from
   * before its LOOKUP until the name is there, and to expire it takes the same lock.
   */
  #again({ ino, attempt }: Pending): void {
    const delay = attempt === null ? undefined : this.#limits.retries[attempt];
    if (attempt === null || delay === undefined) return;
    const bytes = invalidateInode(ino, -1);
    this.#repeats += 1;
    setTimeout(() => {
      this.#repeats -= 1;
      this.#post({ ino, bytes, attempt: attempt + 1 });
    }, delay).unref();
  }

  #late(ids: readonly number[]): void {
    this.#coherent = false;
    const inodes = ids.map((id) => this.#pending.get(id)?.ino);
    this.#log.warn({ inodes, milliseconds: this.#limits.wait }, 'the kernel did not invalidate in time');
  }
}
