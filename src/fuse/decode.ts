import { MemfsError } from '../core/errors.js';
import { InHeader, RESEND_BIT_HIGH, Size } from './abi.js';

const short = () => new MemfsError('invalid', 'the request is shorter than its operation needs');

/**
 * A cursor over the request that lies at the start of a buffer. Fields are read in the order of the kernel's
 * structures; every read is checked against the length of the request, which `begin` sets.
 */
export class RequestReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #position = 0;
  #end = 0;

  opcode = 0;
  nodeId = 0;
  uid = 0;
  gid = 0;
  pid = 0;
  /** `unique` as two words, bit 63 removed from the upper one. */
  uniqueLow = 0;
  uniqueHigh = 0;
  resent = false;

  constructor(buffer: Uint8Array) {
    this.#bytes = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  /**
   * Reads the header and points at the body. Returns false when the bytes are no request at all: then there
   * is nothing to answer. A node id beyond 2^53 is refused by `checkNodeId`, when an answer is possible.
   */
  begin(length: number): boolean {
    if (length < Size.inHeader || length > this.#bytes.length) return false;
    const view = this.#view;
    if (view.getUint32(InHeader.len, true) !== length) return false;
    this.opcode = view.getUint32(InHeader.opcode, true);
    this.uniqueLow = view.getUint32(InHeader.unique, true);
    const high = view.getUint32(InHeader.unique + 4, true);
    this.resent = high >= RESEND_BIT_HIGH;
    this.uniqueHigh = this.resent ? high - RESEND_BIT_HIGH : high;
    const nodeHigh = view.getUint32(InHeader.nodeid + 4, true);
    this.nodeId =
      nodeHigh < 0x20_0000 ? nodeHigh * 0x1_0000_0000 + view.getUint32(InHeader.nodeid, true) : -1;
    this.uid = view.getUint32(InHeader.uid, true);
    this.gid = view.getUint32(InHeader.gid, true);
    this.pid = view.getUint32(InHeader.pid, true);
    this.#position = Size.inHeader;
    this.#end = length;
    return true;
  }

  /** The whole request, of use when the buffer holds another one. */
  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#end));
  }

  checkNodeId(): void {
    if (this.nodeId < 0) throw new MemfsError('invalid', 'the node id is not below 2^53');
  }

  u32(): number {
    const at = this.#advance(4);
    return this.#view.getUint32(at, true);
  }

  i32(): number {
    const at = this.#advance(4);
    return this.#view.getInt32(at, true);
  }

  skip(count: number): void {
    this.#advance(count);
  }

  /** A node id, handle, offset or length. Throws `invalid` unless it is below 2^53. */
  u64(): number {
    const at = this.#advance(8);
    const high = this.#view.getUint32(at + 4, true);
    if (high >= 0x20_0000) throw new MemfsError('invalid', 'a 64-bit field is not below 2^53');
    return high * 0x1_0000_0000 + this.#view.getUint32(at, true);
  }

  /** A count that may be larger than any file: cut to 2^53 - 1. */
  u64Clamped(): number {
    const at = this.#advance(8);
    const high = this.#view.getUint32(at + 4, true);
    if (high >= 0x20_0000) return Number.MAX_SAFE_INTEGER;
    return high * 0x1_0000_0000 + this.#view.getUint32(at, true);
  }

  /** Signed seconds. Beyond ±2^53 they are cut. */
  i64(): number {
    const at = this.#advance(8);
    return this.#view.getInt32(at + 4, true) * 0x1_0000_0000 + this.#view.getUint32(at, true);
  }

  bigint(): bigint {
    const at = this.#advance(8);
    return this.#view.getBigUint64(at, true);
  }

  /** Bytes up to a NUL, which is passed over. A view of the buffer: copy to keep. */
  name(): Buffer {
    const start = this.#position;
    const end = this.#bytes.indexOf(0, start);
    if (end < 0 || end >= this.#end) throw short();
    this.#position = end + 1;
    return this.#bytes.subarray(start, end);
  }

  /** The next `length` bytes, as a view of the buffer. */
  bytes(length: number): Buffer {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  #advance(count: number): number {
    const at = this.#position;
    if (count > this.#end - at) throw short();
    this.#position = at + count;
    return at;
  }
}
