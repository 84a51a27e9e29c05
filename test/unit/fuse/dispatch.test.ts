import { describe, expect, it, vi } from 'vitest';
import { Errno, MemfsError, refusal } from '../../../src/core/errors.js';
import { ENOTTY, Opcode } from '../../../src/fuse/abi.js';
import { name, request, u32, u64 } from './bytes.js';
import { attr, harness, headerOf } from './harness.js';

const lookup = (unique = 0x10n) => request({ opcode: Opcode.LOOKUP, unique }, name('x'));

describe('the guard', () => {
  it('answers a refusal with its errno and logs nothing', () => {
    const kernel = harness({
      lookup: () => {
        throw refusal('not_found', 'no');
      },
    });
    kernel.give(lookup(0x22n));
    expect(headerOf(kernel.sent[0]!)).toEqual({ length: 16, error: -Errno.ENOENT, unique: 0x22n });
    expect(kernel.lines).toEqual([]);
  });

  it('answers an unknown error with EIO and logs it', () => {
    const kernel = harness({});
    kernel.give(lookup());
    expect(headerOf(kernel.sent[0]!).error).toBe(-Errno.EIO);
    expect(kernel.lines).toEqual([{ level: 'error', message: 'a request failed' }]);
  });

  it('does not let a file system switch an operation off for good', () => {
    const kernel = harness({
      statfs: () => {
        throw new MemfsError('not_implemented', 'no');
      },
    });
    kernel.give(request({ opcode: Opcode.STATFS }));
    expect(headerOf(kernel.sent[0]!).error).toBe(-Errno.EOPNOTSUPP);
  });

  it.each([
    ['ACCESS', Opcode.ACCESS, Errno.ENOSYS],
    ['BMAP', Opcode.BMAP, Errno.ENOSYS],
    ['POLL', Opcode.POLL, Errno.ENOSYS],
    ['STATX', Opcode.STATX, Errno.ENOSYS],
    ['IOCTL', Opcode.IOCTL, ENOTTY],
  ])('leaves %s out on purpose', (_, opcode, errno) => {
    const kernel = harness({});
    kernel.give(request({ opcode }, Buffer.alloc(32)));
    expect(headerOf(kernel.sent[0]!).error).toBe(-errno);
    expect(kernel.lines).toEqual([]);
  });

  it('says of an opcode it does not know that it is unknown', () => {
    const kernel = harness({});
    kernel.give(request({ opcode: 999 }));
    expect(headerOf(kernel.sent[0]!).error).toBe(-Errno.ENOSYS);
    expect(kernel.lines).toEqual([{ level: 'warn', message: 'unknown opcode' }]);
  });

  it('refuses a node id that a double cannot hold, and a body that is too short', () => {
    const kernel = harness({ lookup: () => ({ attr: null, entryValid: 0 }), getattr: vi.fn() });
    kernel.give(request({ opcode: Opcode.LOOKUP, nodeid: 1n << 60n }, name('x')));
    kernel.give(request({ opcode: Opcode.GETATTR }, u32(0)));
    expect(kernel.sent.map((reply) => headerOf(reply).error)).toEqual([-Errno.EINVAL, -Errno.EINVAL]);
  });

  it('gives the caller EIO when the kernel refuses the reply itself', () => {
    const kernel = harness({ readlink: () => Buffer.from('target') });
    kernel.errnos.push(Errno.EINVAL);
    kernel.give(request({ opcode: Opcode.READLINK }));
    expect(kernel.sent.map((reply) => headerOf(reply).error)).toEqual([0, -Errno.EIO]);
  });

  it('is silent when the request was interrupted meanwhile', () => {
    const kernel = harness({ readlink: () => Buffer.from('target') });
    kernel.errnos.push(Errno.ENOENT);
    kernel.give(request({ opcode: Opcode.READLINK }));
    expect(kernel.sent).toHaveLength(1);
    expect(kernel.lines).toEqual([]);
  });
});

describe('resent requests', () => {
  const resent = (1n << 63n) | 0x1_0000_0022n;

  it('reach the file system without bit 63 and are answered with it', () => {
    const seen: unknown[] = [];
    const kernel = harness({
      lookup: (context) => {
        seen.push(context.resent, context.unique, context.connection, context.uid, context.gid, context.pid);
        return { attr: null, entryValid: 0 };
      },
    });
    kernel.give(lookup(resent));
    expect(seen).toEqual([true, 0x1_0000_0022n, 7, 1000, 1001, 4242]);
    expect(headerOf(kernel.sent[0]!).unique).toBe(resent);
  });

  it('are named without bit 63 when they are interrupted', () => {
    const interrupt = vi.fn();
    const kernel = harness({ interrupt });
    kernel.give(request({ opcode: Opcode.INTERRUPT }, u64(resent)));
    expect(interrupt).toHaveBeenCalledWith(0x1_0000_0022n);
    expect(kernel.sent).toEqual([]);
  });

  it('keep bit 63 in an error', () => {
    const kernel = harness({});
    kernel.give(lookup(resent));
    expect(headerOf(kernel.sent[0]!)).toEqual({ length: 16, error: -Errno.EIO, unique: resent });
  });
});

describe('deferred replies', () => {
  it('come later, each with its own header, while others are answered', async () => {
    const releases: (() => void)[] = [];
    const kernel = harness({
      flush: () => new Promise<void>((resolve) => releases.push(resolve)),
      readlink: () => Buffer.from('t'),
    });
    const flush = (unique: bigint) => request({ opcode: Opcode.FLUSH, unique }, u64(3), u64(0), u64(9));
    kernel.give(flush(1n));
    kernel.give(flush((1n << 63n) | 2n));
    kernel.give(request({ opcode: Opcode.READLINK, unique: 3n }));
    releases[1]!();
    await Promise.resolve();
    releases[0]!();
    await Promise.resolve();
    expect(kernel.sent.map((reply) => headerOf(reply).unique)).toEqual([3n, (1n << 63n) | 2n, 1n]);
  });

  it('may fail', async () => {
    const kernel = harness({ flush: () => Promise.reject(refusal('conflict', 'moved on')) });
    kernel.give(request({ opcode: Opcode.FLUSH, unique: 5n }, u64(3), u64(0), u64(9)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(headerOf(kernel.sent[0]!)).toEqual({ length: 16, error: -Errno.ESTALE, unique: 5n });
  });
});

describe('requests without an answer', () => {
  it('forgets one inode or many, and stays silent even when that fails', () => {
    const forget = vi.fn();
    const kernel = harness({ forget });
    kernel.give(request({ opcode: Opcode.FORGET, nodeid: 9 }, u64(3)));
    kernel.give(request({ opcode: Opcode.BATCH_FORGET }, u32(2), u32(0), u64(4), u64(1), u64(5), u64(2)));
    kernel.give(request({ opcode: Opcode.FORGET, nodeid: 9 }));
    expect(forget.mock.calls).toEqual([
      [9, 3],
      [4, 1],
      [5, 2],
    ]);
    expect(kernel.sent).toEqual([]);
  });
});

describe('replies', () => {
  it('lays out an entry', () => {
    const kernel = harness({
      lookup: () => ({ attr: attr(0x1_0000_0002, 4097), attrValid: 1.5, entryValid: 2 }),
    });
    kernel.give(lookup());
    const reply = kernel.sent[0]!;
    expect(headerOf(reply).length).toBe(144);
    expect(reply.subarray(16, 144)).toEqual(
      Buffer.concat([
        u64(0x1_0000_0002), // nodeid
        u64(0), // generation
        u64(2), // entry_valid
        u64(1), // attr_valid
        u32(0), // entry_valid_nsec
        u32(500_000_000), // attr_valid_nsec
        u64(0x1_0000_0002), // ino
        u64(4097), // size
        u64(1), // blocks
        u64(-1), // atime
        u64(2), // mtime
        u64(3), // ctime
        u32(5), // atimensec
        u32(6), // mtimensec
        u32(7), // ctimensec
        u32(0o100644), // mode
        u32(1), // nlink
        u32(1000), // uid
        u32(1001), // gid
        u32(0), // rdev
        u32(4096), // blksize
        u32(0), // flags
      ]),
    );
  });

  it('remembers a missing name by node id 0', () => {
    const kernel = harness({ lookup: () => ({ attr: null, entryValid: 3 }) });
    kernel.give(lookup());
    const reply = kernel.sent[0]!;
    expect(headerOf(reply)).toMatchObject({ length: 144, error: 0 });
    expect(reply.readBigUInt64LE(16)).toBe(0n);
    expect(reply.readBigUInt64LE(32)).toBe(3n);
  });

  it('sends data in pieces, of any number', () => {
    const pieces = Array.from({ length: 1500 }, (_, index) => Buffer.from([index & 0xff]));
    const kernel = harness({ read: () => pieces });
    kernel.give(
      request(
        { opcode: Opcode.READ, nodeid: 2 },
        u64(3), // fh
        u64(0), // offset
        u32(4096), // size
        u32(0), // read_flags
        u64(0), // lock_owner
        u32(0), // flags
        u32(0), // padding
      ),
    );
    expect(headerOf(kernel.sent[0]!).length).toBe(1516);
    expect(kernel.sent[0]!.subarray(16)).toEqual(Buffer.concat(pieces));
  });
});

describe('waiting for the next request', () => {
  const flush = (unique: bigint) =>
    request({ opcode: Opcode.FLUSH, unique }, Buffer.concat([u64(1n), u32(0), u32(0), u64(0n)]));

  it('is allowed while no reply is owed', async () => {
    const releases: (() => void)[] = [];
    const kernel = harness({
      lookup: () => ({ attr: null, entryValid: 0 }),
      flush: () => new Promise<void>((resolve) => releases.push(resolve)),
    });
    expect(kernel.give(lookup())).toBe(true);
    expect(kernel.give(flush(0x20n))).toBe(false);
    expect(kernel.give(lookup())).toBe(false);
    releases[0]!();
    await new Promise((resolve) => setImmediate(resolve));
    expect(kernel.give(lookup())).toBe(true);
  });

  it('goes on for a reply that waits for what somebody else does', async () => {
    let release = (): void => {};
    const kernel = harness({
      lookup: () => ({ attr: null, entryValid: 0 }),
      flush: (context) => {
        context.waitsForOthers = true;
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      },
    });
    expect(kernel.give(flush(0x20n))).toBe(true);
    expect(kernel.give(lookup())).toBe(true);
    release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(kernel.sent.map((reply) => headerOf(reply).unique)).toContain(0x20n);
    expect(kernel.give(lookup())).toBe(true);
  });
});
