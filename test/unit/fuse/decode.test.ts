import { describe, expect, it } from 'vitest';
import { Opcode } from '../../../src/fuse/abi.js';
import { RequestReader } from '../../../src/fuse/decode.js';
import { name, request, u32, u64 } from './bytes.js';

const reader = (bytes: Buffer): RequestReader => {
  const made = new RequestReader(bytes);
  expect(made.begin(bytes.length)).toBe(true);
  return made;
};

describe('RequestReader', () => {
  it('reads a header byte by byte', () => {
    const bytes = Buffer.from([
      0x2c,
      0x00,
      0x00,
      0x00,
      0x03,
      0x00,
      0x00,
      0x00, // len 44, opcode 3 GETATTR
      0x0d,
      0xf0,
      0xad,
      0xba,
      0xef,
      0xbe,
      0xad,
      0xde, // unique 0xdeadbeefbaadf00d: bit 63 set
      0x88,
      0x77,
      0x66,
      0x55,
      0x44,
      0x33,
      0x11,
      0x00, // nodeid 0x0011334455667788
      0x0d,
      0xd0,
      0x01,
      0xc0,
      0xfe,
      0xca,
      0x01,
      0xc0, // uid 0xc001d00d, gid 0xc001cafe
      0x5e,
      0xba,
      0xde,
      0xc0,
      0x00,
      0x00,
      0x00,
      0x00, // pid 0xc0deba5e, total_extlen 0, padding
      0x01,
      0x02,
      0x03,
      0x04, // body
    ]);
    const made = reader(bytes);
    expect(made.opcode).toBe(Opcode.GETATTR);
    expect(made.resent).toBe(true);
    expect([made.uniqueHigh, made.uniqueLow]).toEqual([0x5eadbeef, 0xbaadf00d]);
    expect(made.nodeId).toBe(0x11334455667788);
    expect([made.uid, made.gid, made.pid]).toEqual([0xc001d00d, 0xc001cafe, 0xc0deba5e]);
    expect(made.u32()).toBe(0x04030201);
  });

  it('takes nothing for a request whose length field is not the length read', () => {
    const bytes = request({ opcode: Opcode.GETATTR });
    expect(new RequestReader(bytes).begin(39)).toBe(false);
    bytes.writeUInt32LE(41, 0);
    expect(new RequestReader(bytes).begin(40)).toBe(false);
  });

  it('refuses what is not below 2^53', () => {
    const bytes = request({ opcode: Opcode.READ, nodeid: 1n << 53n }, u64((1n << 53n) - 1n), u64(1n << 53n));
    const made = reader(bytes);
    expect(() => made.checkNodeId()).toThrow('2^53');
    expect(made.u64()).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => made.u64()).toThrow('2^53');
  });

  it('reads signed seconds and full 64-bit owners', () => {
    const made = reader(
      request({ opcode: Opcode.SETATTR }, u64(-5), u64(0xffff_ffff_ffff_fffen), u64(1n << 63n)),
    );
    expect(made.i64()).toBe(-5);
    expect(made.bigint()).toBe(0xffff_ffff_ffff_fffen);
    expect(made.u64Clamped()).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('never reads beyond the request, nor what an earlier one left in the buffer', () => {
    const buffer = Buffer.alloc(100, 0);
    request({ opcode: Opcode.LOOKUP }, Buffer.from('abc')).copy(buffer);
    const made = new RequestReader(buffer);
    expect(made.begin(43)).toBe(true);
    expect(() => made.name()).toThrow('shorter');
    expect(() => made.u32()).toThrow('shorter');
    expect(made.bytes(3).toString()).toBe('abc');
    expect(() => made.bytes(1)).toThrow('shorter');
  });

  it('reads names one after the other, of any bytes', () => {
    const made = reader(request({ opcode: Opcode.SYMLINK }, Buffer.from([0xff, 0x80, 0]), name('target')));
    expect([...made.name()]).toEqual([0xff, 0x80]);
    expect(made.name().toString()).toBe('target');
    expect(() => made.bytes(1)).toThrow();
    expect(u32(1)).toHaveLength(4);
  });
});
