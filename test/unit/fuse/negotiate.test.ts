import { describe, expect, it } from 'vitest';
import { InitFlag, InitFlag2, Opcode } from '../../../src/fuse/abi.js';
import {
  defaultWishes,
  type InitOffer,
  negotiate,
  parseState,
  readInit,
  writeInit,
} from '../../../src/fuse/negotiate.js';
import { request, u16, u32 } from './bytes.js';
import { harness, headerOf } from './harness.js';

const everything = 0xffff_ffff | 0;
const offer: InitOffer = { major: 7, minor: 45, maxReadahead: 131072, flags: everything, flags2: everything };

const agree = (changes: Partial<InitOffer>, wishes = defaultWishes) => {
  const negotiation = negotiate({ ...offer, ...changes }, wishes);
  if (negotiation.kind !== 'agreed') throw new Error(negotiation.kind);
  return negotiation.state;
};

describe('negotiate', () => {
  it('takes from a kernel that can do everything only what is wished for', () => {
    const state = agree({});
    const writebackCache = 1 << 16;
    const exportSupport = 1 << 4;
    expect(state.flags & (writebackCache | exportSupport)).toBe(0);
    expect(state.flags & InitFlag.ATOMIC_O_TRUNC).toBeTruthy();
    expect(state.flags & InitFlag.EXPLICIT_INVAL_DATA).toBeTruthy();
    expect(state.flags & InitFlag.POSIX_ACL).toBeTruthy();
    expect(state.flags & InitFlag.DONT_MASK).toBeTruthy();
    expect(state).toMatchObject({
      flags2: InitFlag2.HAS_RESEND,
      hasResend: true,
      hasExpiry: true,
      maxWrite: 1 << 20,
    });
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  it('knows resend by its flag, expiry by the protocol version or, where it was added later, its flag', () => {
    expect(agree({ minor: 38, flags2: 0 })).toMatchObject({ minor: 38, hasResend: false, hasExpiry: true });
    expect(agree({ minor: 37, flags2: InitFlag2.HAS_RESEND })).toMatchObject({
      hasResend: true,
      hasExpiry: false,
    });
    expect(agree({ minor: 36, flags2: InitFlag2.HAS_EXPIRE_ONLY })).toMatchObject({
      flags2: 0,
      hasExpiry: true,
    });
    expect(agree({ flags: offer.flags & ~InitFlag.INIT_EXT })).toMatchObject({ hasResend: false, flags2: 0 });
    expect(agree({ minor: 99 }).minor).toBe(45);
  });

  it('can act as if the kernel were older', () => {
    expect(agree({}, { ...defaultWishes, resend: false })).toMatchObject({ hasResend: false, flags2: 0 });
    expect(agree({}, { ...defaultWishes, expiry: false }).hasExpiry).toBe(false);
  });

  it('reads what an engine wrote down that did not know of expiry', () => {
    const { hasExpiry, ...older } = agree({});
    expect(hasExpiry).toBe(true);
    expect(parseState(JSON.stringify(older)).hasExpiry).toBe(true);
    expect(parseState(JSON.stringify({ ...older, minor: 37 })).hasExpiry).toBe(false);
    expect(parseState(JSON.stringify({ ...older, hasExpiry: false })).hasExpiry).toBe(false);
  });

  it('writes no more at once than a kernel without MAX_PAGES takes', () => {
    expect(agree({ flags: offer.flags & ~InitFlag.MAX_PAGES }).maxWrite).toBe(128 * 1024);
  });

  it('asks a newer major version to step down and refuses an older protocol', () => {
    expect(negotiate({ ...offer, major: 8 }, defaultWishes).kind).toBe('retry');
    expect(negotiate({ ...offer, minor: 27 }, defaultWishes).kind).toBe('refused');
    expect(negotiate({ ...offer, major: 6 }, defaultWishes).kind).toBe('refused');
  });
});

describe('INIT on the wire', () => {
  it('reads the extended request and writes 64 bytes', () => {
    const offers: InitOffer[] = [];
    const kernel = harness({}, (bytes, reply) => {
      offers.push(readInit(bytes));
      writeInit(reply, agree({}));
      return 0;
    });
    kernel.give(
      request(
        { opcode: Opcode.INIT, nodeid: 0, unique: 2n },
        u32(7), // major
        u32(45), // minor
        u32(131072), // max_readahead
        u32(0x73fffffb), // flags
        u32(0x3ff), // flags2
        Buffer.alloc(44),
      ),
    );
    expect(offers).toEqual([{ major: 7, minor: 45, maxReadahead: 131072, flags: 0x73fffffb, flags2: 0x3ff }]);
    expect(headerOf(kernel.sent[0]!)).toEqual({ length: 80, error: 0, unique: 2n });
    expect(kernel.sent[0]!.subarray(16)).toEqual(
      Buffer.concat([
        u32(7), // major
        u32(45), // minor
        u32(131072), // max_readahead
        u32(agree({}).flags),
        u16(64), // max_background
        u16(48), // congestion_threshold
        u32(1 << 20), // max_write
        u32(1), // time_gran
        u16(256), // max_pages
        u16(0), // map_alignment
        u32(0x80), // flags2: HAS_RESEND
        Buffer.alloc(28),
      ]),
    );
  });

  it('passes on a refusal', () => {
    const kernel = harness({}, () => 71);
    kernel.give(request({ opcode: Opcode.INIT, nodeid: 0 }, Buffer.alloc(64)));
    expect(headerOf(kernel.sent[0]!)).toMatchObject({ length: 16, error: -71 });
  });
});
