import { MemfsError } from '../core/errors.js';
import type {
  Attr,
  AttrReply,
  EntryReply,
  FileSystemStatistics,
  LockHolder,
  NegativeEntry,
  OpenReply,
} from '../vfs/filesystem.js';
import { LockType, OpenFlag, PAGE_SIZE, RESEND_BIT_HIGH, Size } from './abi.js';

/**
 * Builds one reply at a time in one buffer: header first, body behind it. Every method appends; the header
 * is completed by `finish` or `fail`. Data that need not be copied goes out as `pieces`.
 */
export class ReplyWriter {
  readonly buffer: Buffer;
  readonly #view: DataView;
  #position: number = Size.outHeader;
  /** Bytes that follow the buffer's in the same message. */
  pieces: readonly Uint8Array[] | null = null;

  constructor(buffer: Uint8Array) {
    this.buffer = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  /** Bytes of the body so far, without `pieces`. */
  get bodyLength(): number {
    return this.#position - Size.outHeader;
  }

  get room(): number {
    return this.buffer.length - this.#position;
  }

  begin(): void {
    this.#position = Size.outHeader;
    this.pieces = null;
  }

  /** Completes the header of a success. Returns how many bytes of the buffer to write. */
  finish(uniqueLow: number, uniqueHigh: number, resent: boolean): number {
    let length = this.#position;
    if (this.pieces !== null) for (const piece of this.pieces) length += piece.length;
    this.#header(length, 0, uniqueLow, uniqueHigh, resent);
    return this.#position;
  }

  /** A failure has no body. Returns how many bytes of the buffer to write. `errno` is positive. */
  fail(errno: number, uniqueLow: number, uniqueHigh: number, resent: boolean): number {
    this.begin();
    this.#header(Size.outHeader, -errno, uniqueLow, uniqueHigh, resent);
    return Size.outHeader;
  }

  /** Bit 63 must be echoed: the kernel looks the request up by the `unique` it sent. */
  #header(length: number, error: number, uniqueLow: number, uniqueHigh: number, resent: boolean): void {
    this.#view.setUint32(0, length, true);
    this.#view.setInt32(4, error, true);
    this.#view.setUint32(8, uniqueLow, true);
    this.#view.setUint32(12, resent ? uniqueHigh + RESEND_BIT_HIGH : uniqueHigh, true);
  }

  u16(value: number): void {
    this.#view.setUint16(this.#position, value, true);
    this.#position += 2;
  }

  u32(value: number): void {
    this.#view.setUint32(this.#position, value, true);
    this.#position += 4;
  }

  /** Any integer within ±2^53, in two's complement. */
  u64(value: number): void {
    const at = this.#position;
    this.#view.setUint32(at, value % 0x1_0000_0000, true);
    this.#view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
    this.#position = at + 8;
  }

  bigint(value: bigint): void {
    this.#view.setBigUint64(this.#position, value, true);
    this.#position += 8;
  }

  zeros(count: number): void {
    this.buffer.fill(0, this.#position, this.#position + count);
    this.#position += count;
  }

  bytes(value: Uint8Array): void {
    if (value.length > this.room) throw new MemfsError('internal', 'the reply is larger than its buffer');
    this.buffer.set(value, this.#position);
    this.#position += value.length;
  }

  attr(attr: Attr): void {
    this.u64(attr.ino);
    this.u64(attr.size);
    this.u64(attr.blocks);
    this.u64(attr.atimeSec);
    this.u64(attr.mtimeSec);
    this.u64(attr.ctimeSec);
    this.u32(attr.atimeNsec);
    this.u32(attr.mtimeNsec);
    this.u32(attr.ctimeNsec);
    this.u32(attr.mode);
    this.u32(attr.nlink);
    this.u32(attr.uid);
    this.u32(attr.gid);
    this.u32(attr.rdev);
    this.u32(PAGE_SIZE);
    this.u32(0);
  }

  /** `fuse_attr_out` */
  attrReply(reply: AttrReply): void {
    const seconds = Math.floor(reply.attrValid);
    this.u64(seconds);
    this.u32(Math.floor((reply.attrValid - seconds) * 1e9));
    this.u32(0);
    this.attr(reply.attr);
  }

  /** `fuse_entry_out`. Node id 0 says "no such name" and may be remembered, which ENOENT may not. */
  entry(reply: EntryReply | NegativeEntry): void {
    const attrValid = reply.attr === null ? 0 : reply.attrValid;
    const entrySeconds = Math.floor(reply.entryValid);
    const attrSeconds = Math.floor(attrValid);
    this.u64(reply.attr === null ? 0 : reply.attr.ino);
    this.u64(0);
    this.u64(entrySeconds);
    this.u64(attrSeconds);
    this.u32(Math.floor((reply.entryValid - entrySeconds) * 1e9));
    this.u32(Math.floor((attrValid - attrSeconds) * 1e9));
    if (reply.attr === null) this.zeros(Size.attr);
    else this.attr(reply.attr);
  }

  /** `fuse_open_out` */
  open(reply: OpenReply): void {
    let flags = reply.keepCache ? OpenFlag.KEEP_CACHE : 0;
    if (reply.directIo) flags |= OpenFlag.DIRECT_IO;
    this.u64(reply.handle);
    this.u32(flags);
    this.u32(0);
  }

  /** `fuse_statfs_out` */
  statfs(statistics: FileSystemStatistics): void {
    this.u64(statistics.blocks);
    this.u64(statistics.blocksFree);
    this.u64(statistics.blocksFree);
    this.u64(statistics.files);
    this.u64(statistics.filesFree);
    this.u32(statistics.blockSize);
    this.u32(statistics.nameLength);
    this.u32(statistics.blockSize);
    this.zeros(28);
  }

  /** `fuse_lk_out` */
  lock(holder: LockHolder | null): void {
    this.bigint(holder?.start ?? 0n);
    this.bigint(holder?.end ?? 0n);
    this.u32(holder === null ? LockType.UNLOCK : holder.type === 'read' ? LockType.READ : LockType.WRITE);
    this.u32(holder?.pid ?? 0);
  }
}
