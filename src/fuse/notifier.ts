import { Errno } from '../core/errors.js';
import type { KernelNotifier, NodeId } from '../vfs/filesystem.js';
import { NotifyCode, Size } from './abi.js';
import type { FuseLog } from './dispatch.js';
import { WaitList } from './wait-list.js';

/** The slice of the native notifier that is used here: queued, merged when equal, reported by id. */
export interface NotifyThread {
  post(id: number, bytes: Uint8Array): void;
  close(): void;
}

export type StartNotifyThread = (onDone: (id: number, errno: number) => void) => NotifyThread;

export interface NotifierLimits {
  /** Milliseconds that an `invalidatePages` is waited for. */
  readonly wait: number;
  /** Milliseconds before an invalidation that met ENOENT is sent again, attempt by attempt. */
  readonly retries: readonly number[];
}

export const defaultLimits: NotifierLimits = { wait: 2000, retries: [1, 5, 25] };

interface Pending {
  readonly ino: NodeId;
  readonly bytes: Buffer;
  readonly attempt: number;
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

export const resendMessage = (): Buffer => message(NotifyCode.RESEND, Size.outHeader);
const epochMessage = message(NotifyCode.INC_EPOCH, Size.outHeader);

/**
 * Tells one mount's kernel what to forget. A write of INVAL_INODE blocks while the kernel waits for folios,
 * so it happens on a thread; INVAL_ENTRY and NOTIFY_DELETE, which take the parent's lock and can deadlock two
 * mounts for ever, are never sent.
 */
export class DeviceNotifier implements KernelNotifier {
  readonly #thread: NotifyThread;
  readonly #log: FuseLog;
  readonly #limits: NotifierLimits;
  readonly #pending = new Map<number, Pending>();
  readonly #waits: WaitList;
  #nextId = 0;
  #closed = false;
  #coherent = true;
  #hasEpoch = false;
  #negotiated = false;
  #send: ((bytes: Uint8Array) => number) | null = null;

  constructor(start: StartNotifyThread, log: FuseLog, limits: NotifierLimits = defaultLimits) {
    this.#log = log;
    this.#limits = limits;
    this.#waits = new WaitList(limits.wait, (ids) => this.#late(ids));
    this.#thread = start((id, errno) => this.#done(id, errno));
  }

  get hasEpoch(): boolean {
    return this.#hasEpoch;
  }

  /** False from a wait that met its limit until everything queued is written: cache nothing meanwhile. */
  get coherent(): boolean {
    return this.#coherent;
  }

  /** Everything so far has been written. */
  get isIdle(): boolean {
    return this.#pending.size === 0;
  }

  /** Before INIT is answered the kernel knows nothing that it could forget. */
  begin(hasEpoch: boolean): void {
    this.#hasEpoch = hasEpoch;
    this.#negotiated = true;
  }

  invalidateAttributes(ino: NodeId): void {
    this.#post({ ino, bytes: invalidateInode(ino, -1), attempt: 0 });
  }

  invalidatePages(ino: NodeId): Promise<void> {
    const id = this.#post({ ino, bytes: invalidateInode(ino, 0), attempt: 0 });
    return id === 0 ? Promise.resolve() : this.#waits.add(id);
  }

  /** At once, before the reply to the change: it takes no lock in the kernel, and must not queue behind what does. */
  advanceEpoch(): void {
    if (!this.#hasEpoch || this.#closed || !this.#negotiated) return;
    if (this.#send?.(epochMessage) !== 0) this.#post({ ino: 0, bytes: epochMessage, attempt: 0 });
  }

  /** `send` writes from the loop, and returns 0 or an errno. */
  sendThrough(send: (bytes: Uint8Array) => number): void {
    this.#send = send;
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
   * ENOENT does not say "nothing cached": a client that has its LOOKUP reply but has not made the inode yet
   * would keep what the reply said. So it is told again, soon; nobody waits for that. Attributes suffice, as
   * an inode that did not exist had no pages.
   */
  #again(pending: Pending): void {
    const delay = this.#limits.retries[pending.attempt];
    if (delay === undefined) return;
    const { ino, attempt } = pending;
    const bytes = invalidateInode(ino, -1);
    setTimeout(() => this.#post({ ino, bytes, attempt: attempt + 1 }), delay).unref();
  }

  #late(ids: readonly number[]): void {
    this.#coherent = false;
    const inodes = ids.map((id) => this.#pending.get(id)?.ino);
    this.#log.warn({ inodes, milliseconds: this.#limits.wait }, 'the kernel did not invalidate in time');
  }
}
