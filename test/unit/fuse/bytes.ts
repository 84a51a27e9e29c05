/** Little-endian test messages, field by field, as the kernel lays them out. */

export const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

export const u64 = (value: bigint | number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes;
};

export const name = (text: string): Buffer => Buffer.from(`${text}\0`);

export interface HeaderFields {
  readonly opcode: number;
  readonly unique?: bigint;
  readonly nodeid?: bigint | number;
}

/** `fuse_in_header` and a body. */
export function request(header: HeaderFields, ...body: Buffer[]): Buffer {
  const length = 40 + body.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([
    u32(length), // len
    u32(header.opcode),
    u64(header.unique ?? 0x10n),
    u64(header.nodeid ?? 1),
    u32(1000), // uid
    u32(1001), // gid
    u32(4242), // pid
    u16(0), // total_extlen
    u16(0), // padding
    ...body,
  ]);
}
