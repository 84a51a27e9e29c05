import { describe, expect, it, vi } from 'vitest';
import { Errno } from '../../../src/core/errors.js';
import { InitFlag, Opcode } from '../../../src/fuse/abi.js';
import { name, request, u32, u64 } from './bytes.js';
import { attr, harness, headerOf } from './harness.js';

const attrReply = { attr: attr(2), attrValid: 0 };
const context = expect.objectContaining({ uid: 1000 });

describe('the size protocol of extended attributes', () => {
  const value = Buffer.from('value');
  const get = (size: number) => request({ opcode: Opcode.GETXATTR }, u32(size), u32(0), name('user.a'));
  const list = (size: number) => request({ opcode: Opcode.LISTXATTR }, u32(size), u32(0));

  it('tells the size when asked with 0', () => {
    const kernel = harness({ getxattr: () => value, listxattr: () => ['user.a', 'user.bc'] });
    kernel.give(get(0));
    kernel.give(list(0));
    expect(kernel.sent.map((reply) => reply.subarray(16))).toEqual([
      Buffer.concat([u32(5), u32(0)]),
      Buffer.concat([u32(15), u32(0)]),
    ]);
  });

  it('is ERANGE when the buffer is too small', () => {
    const kernel = harness({ getxattr: () => value, listxattr: () => ['user.a'] });
    kernel.give(get(4));
    kernel.give(list(6));
    expect(kernel.sent.map((reply) => headerOf(reply).error)).toEqual([-Errno.ERANGE, -Errno.ERANGE]);
  });

  it('gives the value, and names with a NUL each', () => {
    const kernel = harness({ getxattr: () => value, listxattr: () => ['user.a', 'user.bc'] });
    kernel.give(get(5));
    kernel.give(list(100));
    expect(kernel.sent.map((reply) => reply.subarray(16).toString())).toEqual(['value', 'user.a\0user.bc\0']);
  });

  it('sets with the short structure where the kernel knows no SETXATTR_EXT', () => {
    const setxattr = vi.fn((_c: unknown, _i: unknown, _n: unknown, bytes: Buffer) => {
      expect(bytes.toString()).toBe('va\0ue');
    });
    const kernel = harness({ setxattr });
    kernel.give(
      request(
        { opcode: Opcode.SETXATTR, nodeid: 8 },
        u32(5), // size
        u32(1), // flags: XATTR_CREATE
        name('user.a'),
        Buffer.from('va\0ue'),
      ),
    );
    expect(setxattr).toHaveBeenCalledWith(context, 8, 'user.a', expect.anything(), 1, false);
    expect(headerOf(kernel.sent[0]!)).toMatchObject({ length: 16, error: 0 });
  });

  it('sets with the long structure, which says whether an ACL takes the set-group-id bit away', () => {
    const setxattr = vi.fn((_c: unknown, _i: unknown, _n: unknown, bytes: Buffer) => {
      expect(bytes.toString()).toBe('value');
    });
    const kernel = harness({ setxattr }, () => 0, InitFlag.SETXATTR_EXT);
    const body = (extra: number) => [
      u32(5), // size
      u32(0), // flags
      u32(extra), // setxattr_flags
      u32(0), // padding
      name('system.posix_acl_access'),
      Buffer.from('value'),
    ];
    kernel.give(request({ opcode: Opcode.SETXATTR, nodeid: 8 }, ...body(0)));
    kernel.give(request({ opcode: Opcode.SETXATTR, nodeid: 8 }, ...body(1)));
    const told = [8, 'system.posix_acl_access', expect.anything(), 0] as const;
    expect(setxattr.mock.calls.map((call) => call.slice(1))).toEqual([
      [...told, false],
      [...told, true],
    ]);
  });
});

describe('SETATTR', () => {
  const body = (valid: number, size: bigint) => [
    u32(valid),
    u32(0), // padding
    u64(77), // fh
    u64(size),
    u64(0), // lock_owner
    u64(-10), // atime
    u64(20), // mtime
    u64(30), // ctime
    u32(1), // atimensec
    u32(2), // mtimensec
    u32(3), // ctimensec
    u32(0o100600), // mode
    u32(0), // unused4
    u32(5), // uid
    u32(6), // gid
    u32(0), // unused5
  ];

  it('passes on what is valid and nothing else', () => {
    const setattr = vi.fn(() => attrReply);
    const kernel = harness({ setattr });
    kernel.give(request({ opcode: Opcode.SETATTR, nodeid: 2 }, ...body(0x87f, 9n)));
    kernel.give(request({ opcode: Opcode.SETATTR, nodeid: 2 }, ...body(0x1b0, 0n)));
    expect(setattr.mock.calls.map((call: unknown[]) => call[2])).toEqual([
      {
        mode: 0o100600,
        uid: 5,
        gid: 6,
        size: 9,
        atime: { sec: -10, nsec: 1 },
        mtime: { sec: 20, nsec: 2 },
        handle: 77,
        killPrivileges: true,
      },
      { atime: 'now', mtime: 'now' },
    ]);
  });

  it('finds a size that no double holds too large', () => {
    const kernel = harness({ setattr: () => attrReply });
    kernel.give(request({ opcode: Opcode.SETATTR, nodeid: 2 }, ...body(8, 1n << 60n)));
    expect(headerOf(kernel.sent[0]!).error).toBe(-Errno.EFBIG);
  });
});

describe('files', () => {
  it('decodes WRITE', () => {
    const write = vi.fn((...args: unknown[]) => {
      expect((args[4] as Buffer).toString()).toBe('hello');
      return 5;
    });
    const kernel = harness({ write });
    kernel.give(
      request(
        { opcode: Opcode.WRITE, nodeid: 2 },
        u64(3), // fh
        u64(0x1_0000_0000), // offset
        u32(5), // size
        u32(5), // write_flags: FUSE_WRITE_CACHE | FUSE_WRITE_KILL_SUIDGID
        u64(0), // lock_owner
        u32(0o2001), // flags: O_WRONLY | O_APPEND
        u32(0), // padding
        Buffer.from('hello'),
      ),
    );
    const options = { flags: 0o2001, fromCache: true, killPrivileges: true };
    expect(write).toHaveBeenCalledWith(context, 2, 3, 0x1_0000_0000, expect.anything(), options);
    expect(kernel.sent[0]!.subarray(16)).toEqual(Buffer.concat([u32(5), u32(0)]));
  });

  it('answers CREATE with an entry and an open file', () => {
    const create = vi.fn(() => ({
      handle: 12,
      keepCache: true,
      directIo: true,
      entry: { ...attrReply, entryValid: 0 },
    }));
    const kernel = harness({ create });
    kernel.give(
      request(
        { opcode: Opcode.CREATE },
        u32(0o102), // flags: O_RDWR | O_CREAT
        u32(0o100644), // mode
        u32(0o022), // umask
        u32(0), // open_flags
        name('new'),
      ),
    );
    const asked = expect.objectContaining({ umask: 0o022 });
    expect(create).toHaveBeenCalledWith(asked, 1, expect.anything(), 0o100644, 0o102);
    const reply = kernel.sent[0]!;
    expect(reply).toHaveLength(160);
    expect(reply.readBigUInt64LE(144)).toBe(12n); // fh
    expect(reply.readUInt32LE(152)).toBe(2 | 1); // KEEP_CACHE, DIRECT_IO
  });

  it('hands the flock owner to RELEASE only when its locks go', () => {
    const release = vi.fn();
    const kernel = harness({ release });
    const body = (flags: number) => [u64(3), u32(0), u32(flags), u64(0xdead_beef_dead_beefn)];
    kernel.give(request({ opcode: Opcode.RELEASE, nodeid: 2 }, ...body(0)));
    kernel.give(request({ opcode: Opcode.RELEASE, nodeid: 2 }, ...body(2)));
    expect(release.mock.calls.map((call) => call[3])).toEqual([null, 0xdead_beef_dead_beefn]);
  });

  it.each([
    ['COPY_FILE_RANGE', Opcode.COPY_FILE_RANGE, 0xffff_f000, Buffer.concat([u32(10), u32(0)])],
    ['COPY_FILE_RANGE_64', Opcode.COPY_FILE_RANGE_64, Number.MAX_SAFE_INTEGER, u64(10)],
  ])('bounds %s by what its reply can say', (_, opcode, limit, reply) => {
    const copyFileRange = vi.fn(() => 10);
    const kernel = harness({ copyFileRange });
    kernel.give(
      request(
        { opcode, nodeid: 2 },
        u64(3), // fh_in
        u64(4), // off_in
        u64(5), // nodeid_out
        u64(6), // fh_out
        u64(7), // off_out
        u64(0x7fff_ffff_ffff_f000n), // len
        u64(0), // flags
      ),
    );
    const from = { ino: 2, handle: 3, offset: 4 };
    expect(copyFileRange).toHaveBeenCalledWith(context, from, { ino: 5, handle: 6, offset: 7 }, limit);
    expect(kernel.sent[0]!.subarray(16)).toEqual(reply);
  });
});

describe('names', () => {
  it('tells the umask of MKNOD, MKDIR and TMPFILE', () => {
    const seen: unknown[][] = [];
    const entry = { ...attrReply, entryValid: 0 };
    const kernel = harness({
      mknod: ({ umask }, _, file, mode, rdev) => {
        seen.push([file.toString(), mode, rdev, umask]);
        return entry;
      },
      mkdir: ({ umask }, _, file, mode) => {
        seen.push([file.toString(), mode, umask]);
        return entry;
      },
      tmpfile: ({ umask }, _, mode, flags) => {
        seen.push([mode, flags, umask]);
        return { handle: 1, keepCache: true, entry };
      },
    });
    // fuse_mknod_in: mode, rdev, umask, padding. fuse_mkdir_in: mode, umask. fuse_create_in: as for CREATE.
    kernel.give(request({ opcode: Opcode.MKNOD }, u32(0o10666), u32(3), u32(0o027), u32(0), name('p')));
    kernel.give(request({ opcode: Opcode.MKDIR }, u32(0o777), u32(0o077), name('d')));
    kernel.give(request({ opcode: Opcode.TMPFILE }, u32(2), u32(0o100666), u32(0o002), u32(0), name('/')));
    expect(seen).toEqual([
      ['p', 0o10666, 3, 0o027],
      ['d', 0o777, 0o077],
      [0o100666, 2, 0o002],
    ]);
  });

  it('tells RENAME2 from RENAME by its flags', () => {
    const seen: unknown[][] = [];
    const kernel = harness({
      rename: (_, parent, from, newParent, to, flags) => {
        seen.push([parent, from.toString(), newParent, to.toString(), flags]);
      },
    });
    kernel.give(request({ opcode: Opcode.RENAME }, u64(5), name('a'), name('b')));
    kernel.give(request({ opcode: Opcode.RENAME2 }, u64(5), u32(1), u32(0), name('a'), name('b')));
    expect(seen).toEqual([
      [1, 'a', 5, 'b', 0],
      [1, 'a', 5, 'b', 1],
    ]);
  });
});

describe('locks', () => {
  const body = (flags: number) => [
    u64(3), // fh
    u64(0xffff_ffff_ffff_ffffn), // owner
    u64(10), // start
    u64(0x7fff_ffff_ffff_ffffn), // end: OFFSET_MAX
    u32(1), // type: F_WRLCK
    u32(99), // pid
    u32(flags), // lk_flags
    u32(0), // padding
  ];
  const lock = {
    kind: 'posix',
    owner: 0xffff_ffff_ffff_ffffn,
    type: 'write',
    start: 10n,
    end: 0x7fff_ffff_ffff_ffffn,
    pid: 99,
  };

  it('knows flock(2) from fcntl(2), and waiting from not', () => {
    const setlk = vi.fn();
    const kernel = harness({ setlk });
    kernel.give(request({ opcode: Opcode.SETLK, nodeid: 2 }, ...body(0)));
    kernel.give(request({ opcode: Opcode.SETLKW, nodeid: 2 }, ...body(1)));
    expect(setlk.mock.calls.map((call) => call.slice(1))).toEqual([
      [2, 3, lock, false],
      [2, 3, { ...lock, kind: 'flock' }, true],
    ]);
  });

  it('answers GETLK with the holder, or F_UNLCK', () => {
    const holder = { type: 'read', start: 1n, end: 2n, pid: 7 } as const;
    const getlk = vi.fn().mockReturnValueOnce(holder).mockReturnValueOnce(null);
    const kernel = harness({ getlk });
    kernel.give(request({ opcode: Opcode.GETLK, nodeid: 2 }, ...body(0)));
    kernel.give(request({ opcode: Opcode.GETLK, nodeid: 2 }, ...body(0)));
    expect(kernel.sent.map((reply) => reply.subarray(16))).toEqual([
      Buffer.concat([u64(1), u64(2), u32(0), u32(7)]),
      Buffer.concat([u64(0), u64(0), u32(2), u32(0)]),
    ]);
  });
});
