import { describe, expect, it } from 'vitest';
import { Opcode } from '../../../src/fuse/abi.js';
import type { DirectorySink } from '../../../src/vfs/filesystem.js';
import { request, u32, u64 } from './bytes.js';
import { attr, harness, headerOf } from './harness.js';

const entry = { attr: attr(9), attrValid: 0, entryValid: 0 };

function read(opcode: number, size: number, fill: (sink: DirectorySink) => void): Buffer {
  const kernel = harness({ readdir: (_c, _i, _h, _o, _p, sink) => fill(sink) });
  kernel.give(request({ opcode }, u64(3), u64(0), u32(size), u32(0), u64(0), u32(0), u32(0)));
  expect(headerOf(kernel.sent[0]!).length).toBe(kernel.sent[0]!.length);
  return kernel.sent[0]!.subarray(16);
}

describe('READDIR', () => {
  it('packs records to 8 bytes', () => {
    const body = read(Opcode.READDIR, 4096, (sink) => {
      expect(sink.add(Buffer.from('abc'), 5, 0o100644, 11, null)).toBe(true);
      expect(sink.add(Buffer.from('12345678'), 6, 0o040755, 12, null)).toBe(true);
    });
    expect(body).toEqual(
      Buffer.concat([
        u64(5), // ino
        u64(11), // off: where the next read goes on
        u32(3), // namelen
        u32(8), // type: DT_REG
        Buffer.from('abc\0\0\0\0\0'),
        u64(6),
        u64(12),
        u32(8),
        u32(4), // DT_DIR
        Buffer.from('12345678'),
      ]),
    );
  });

  it('stops at the size that was asked for, to the byte', () => {
    const given: boolean[] = [];
    const fill = (sink: DirectorySink) => {
      given.push(sink.add(Buffer.from('a'), 5, 0, 1, null), sink.add(Buffer.from('b'), 6, 0, 2, null));
    };
    expect(read(Opcode.READDIR, 64, fill)).toHaveLength(64);
    expect(read(Opcode.READDIR, 63, fill)).toHaveLength(32);
    expect(read(Opcode.READDIR, 31, fill)).toHaveLength(0);
    expect(given).toEqual([true, true, true, false, false, false]);
  });

  it('never fills more than the reply buffer holds', () => {
    const body = read(Opcode.READDIR, 0xffff_ffff, (sink) => {
      while (sink.add(Buffer.from('name'), 5, 0, 1, null));
    });
    expect(body.length % 32).toBe(0);
    expect(body.length).toBeGreaterThan(65_000);
  });
});

describe('READDIRPLUS', () => {
  it('puts an entry before each record, or zeros for a name without a reference', () => {
    const body = read(Opcode.READDIRPLUS, 4096, (sink) => {
      sink.add(Buffer.from('.'), 1, 0o040755, 1, null);
      sink.add(Buffer.from('f'), 9, 0o100644, 2, entry);
    });
    expect(body).toHaveLength(2 * 160);
    expect(body.subarray(0, 128)).toEqual(Buffer.alloc(128));
    expect(body.readBigUInt64LE(128)).toBe(1n);
    expect(body.readBigUInt64LE(160)).toBe(9n); // nodeid
    expect(body.readBigUInt64LE(160 + 40)).toBe(9n); // attr.ino
    expect(body.readBigUInt64LE(160 + 136)).toBe(2n); // off
    expect(body.subarray(160 + 152, 160 + 160).toString()).toBe('f\0\0\0\0\0\0\0');
  });
});
