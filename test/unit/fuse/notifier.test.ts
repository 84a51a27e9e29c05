import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Errno } from '../../../src/core/errors.js';
import { DeviceNotifier, resendMessage } from '../../../src/fuse/notifier.js';
import { u32, u64 } from './bytes.js';

function made(hasExpiry = true) {
  const posted: { id: number; bytes: Buffer }[] = [];
  const lines: string[] = [];
  let done: (id: number, errno: number) => void = () => {};
  const notifier = new DeviceNotifier(
    (onDone) => {
      done = onDone;
      return { post: (id, bytes) => posted.push({ id, bytes: Buffer.from(bytes) }), close: () => {} };
    },
    { warn: (_, message) => lines.push(message), error: (_, message) => lines.push(message) },
    { wait: 2000, retries: [1, 5] },
  );
  notifier.begin(hasExpiry);
  return { notifier, posted, lines, done: (id: number, errno: number) => done(id, errno) };
}

const settled = async (promise: Promise<void>): Promise<boolean> =>
  Promise.race([promise.then(() => true), Promise.resolve().then(() => Promise.resolve().then(() => false))]);

describe('DeviceNotifier', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('writes what the kernel expects', () => {
    const { notifier, posted } = made();
    notifier.invalidateAttributes(0x1_0000_0005);
    void notifier.invalidatePages(6);
    void notifier.expireName(7, Buffer.from('a.md'));
    expect(posted.map(({ bytes }) => bytes)).toEqual([
      Buffer.concat([
        u32(40), // len
        u32(2), // error: FUSE_NOTIFY_INVAL_INODE
        u64(0), // unique: a notification
        u64(0x1_0000_0005), // ino
        u64(-1), // off: attributes only
        u64(0), // len
      ]),
      Buffer.concat([u32(40), u32(2), u64(0), u64(6), u64(0), u64(0)]),
      Buffer.concat([
        u32(37),
        u32(3), // FUSE_NOTIFY_INVAL_ENTRY
        u64(0),
        u64(7), // parent
        u32(4), // namelen
        u32(1), // FUSE_EXPIRE_ONLY
        Buffer.from('a.md\0'),
      ]),
    ]);
    expect(resendMessage()).toEqual(Buffer.concat([u32(16), u32(7), u64(0)]));
  });

  it('never drops a name on a kernel that cannot expire it', async () => {
    const { notifier, posted } = made(false);
    await notifier.expireName(1, Buffer.from('a.md'));
    expect(posted).toEqual([]);
  });

  it('takes ENOENT for a name as the answer', async () => {
    const { notifier, posted, lines, done } = made();
    const wait = notifier.expireName(1, Buffer.from('a.md'));
    expect(await settled(wait)).toBe(false);
    done(posted[0]!.id, Errno.ENOENT);
    await wait;
    vi.advanceTimersByTime(1000);
    expect([posted.length, lines]).toEqual([1, []]);
  });

  it('says nothing before INIT is answered', async () => {
    const early = new DeviceNotifier(() => ({ post: () => expect.fail('too early'), close: () => {} }), {
      warn: () => {},
      error: () => {},
    });
    early.invalidateAttributes(1);
    await early.invalidatePages(1);
    await early.expireName(1, Buffer.from('a.md'));
  });

  it('waits for pages until the kernel is done', async () => {
    const { notifier, posted, done } = made();
    const wait = notifier.invalidatePages(6);
    expect(await settled(wait)).toBe(false);
    done(posted[0]!.id, 0);
    await wait;
    expect(notifier.coherent).toBe(true);
  });

  it('asks again after ENOENT, a few times, without making anyone wait', async () => {
    const { notifier, posted, done } = made();
    const wait = notifier.invalidatePages(6);
    done(posted[0]!.id, Errno.ENOENT);
    await wait;
    vi.advanceTimersByTime(1);
    expect(posted).toHaveLength(2);
    expect(posted[1]!.bytes).toEqual(Buffer.concat([u32(40), u32(2), u64(0), u64(6), u64(-1), u64(0)]));
    done(posted[1]!.id, Errno.ENOENT);
    vi.advanceTimersByTime(5);
    done(posted[2]!.id, Errno.ENOENT);
    vi.advanceTimersByTime(1000);
    expect(posted).toHaveLength(3);
  });

  it('stops waiting after its limit and is incoherent until all is written', async () => {
    const { notifier, posted, lines, done } = made();
    const first = notifier.invalidatePages(6);
    vi.advanceTimersByTime(1500);
    const second = notifier.invalidatePages(7);
    vi.advanceTimersByTime(500);
    await first;
    expect(await settled(second)).toBe(false);
    expect(notifier.coherent).toBe(false);
    expect(lines).toEqual(['the kernel did not invalidate in time']);
    done(posted[0]!.id, 0);
    expect(notifier.coherent).toBe(false);
    done(posted[1]!.id, 0);
    await second;
    expect(notifier.coherent).toBe(true);
  });

  it('ends every wait when it closes', async () => {
    const { notifier, posted, done } = made();
    const wait = notifier.invalidatePages(6);
    notifier.close();
    await wait;
    done(posted[0]!.id, Errno.ENOENT);
    notifier.invalidateAttributes(1);
    vi.advanceTimersByTime(100);
    expect(posted).toHaveLength(1);
  });
});
