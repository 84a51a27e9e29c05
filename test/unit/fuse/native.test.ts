import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { native } from '../../../src/fuse/native.js';

let built: ReturnType<typeof native> | null = null;
try {
  built = native();
} catch {
  // Without a compiler the addon is not there; the suite says so by its name.
}
const suite = built === null ? describe.skip : describe;
const addon = () => built!;

const openDescriptors = () => readdirSync('/proc/self/fd').length;

interface Received {
  readonly text: string;
  readonly descriptors: number[];
}

/** A connected pair whose second end collects what it gets. */
function pair() {
  const [first, second] = addon().socketpair();
  const received: Received[] = [];
  let wake = () => {};
  let end: (errno: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const receiver = new (addon().DescriptorSocket)(
    second,
    (bytes, descriptors) => {
      received.push({ text: bytes.toString(), descriptors });
      wake();
    },
    (errno) => end(errno),
  );
  const sender = new (addon().DescriptorSocket)(
    first,
    () => {},
    () => {},
  );
  return {
    sender,
    receiver,
    received,
    ended,
    async until(count: number): Promise<void> {
      while (received.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

suite('DescriptorSocket', () => {
  it('passes bytes with descriptors, which are new, close-on-exec and name the same file', async () => {
    const { sender, receiver, received, until } = pair();
    const file = openSync('/dev/zero', 'r');
    sender.send(Buffer.from('hello'), [file, file]);
    const { ino, rdev } = fstatSync(file);
    closeSync(file);
    await until(1);
    expect(received[0]!.text).toBe('hello');
    expect(received[0]!.descriptors).toHaveLength(2);
    for (const descriptor of received[0]!.descriptors) {
      expect(fstatSync(descriptor)).toMatchObject({ ino, rdev });
      expect(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')).toMatch(/flags:\s+02\d{6}/);
      addon().closeDescriptor(descriptor);
    }
    sender.close();
    receiver.close();
  });

  it('queues what the socket does not take, in order, and lets the sender close its descriptors', async () => {
    const before = openDescriptors();
    const { sender, receiver, received, until } = pair();
    const count = 40;
    for (let i = 0; i < count; i++) {
      const file = openSync('/dev/null', 'r');
      sender.send(Buffer.from(`${i} `.padEnd(60_000, '.')), [file]);
      closeSync(file);
    }
    await until(count);
    expect(received.map(({ text }) => Number.parseInt(text, 10))).toEqual([...Array(count).keys()]);
    for (const { descriptors } of received) addon().closeDescriptor(descriptors[0]!);
    sender.close();
    receiver.close();
    expect(openDescriptors()).toBe(before);
  });

  it('says when the other side is gone, and refuses what is too large or too late', async () => {
    const { sender, ended, receiver } = pair();
    expect(() => sender.send(Buffer.alloc(65_537), [])).toThrow('too long');
    expect(() => sender.send(Buffer.alloc(0), [])).toThrow('sendmsg');
    sender.close();
    expect(await ended).toBe(0);
    expect(() => sender.send(Buffer.from('x'), [])).toThrow(/sendmsg/);
    receiver.close();
  });
});

suite('descriptors', () => {
  it('knows the peer of a socket', () => {
    const [first, second] = addon().socketpair();
    expect(addon().peerCredentials(first)).toEqual({
      pid: process.pid,
      uid: process.getuid?.(),
      gid: process.getgid?.(),
    });
    addon().closeDescriptor(first);
    addon().closeDescriptor(second);
  });

  describe('the lock of a file', () => {
    let folder: string;
    let file: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'memfsd-native-'));
      file = join(folder, 'lock');
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const open = () => openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);

    it('is held by one open of it, of the same process too, and seen without being taken', () => {
      const [first, second, looking] = [open(), open(), openSync(file, 'r')];
      expect(addon().isLockedElsewhere(looking)).toBe(false);
      expect(addon().lockFile(first)).toBe(true);
      expect(addon().lockFile(first)).toBe(true);
      expect(addon().lockFile(second)).toBe(false);
      expect(addon().isLockedElsewhere(looking)).toBe(true);
      expect(addon().isLockedElsewhere(first)).toBe(false);
      closeSync(first);
      expect(addon().lockFile(second)).toBe(true);
      for (const each of [second, looking]) closeSync(each);
    });

    it('goes to whoever is passed a descriptor, and stays when another open of the file is closed', async () => {
      const { sender, received, until, receiver } = pair();
      const [held, looking] = [open(), openSync(file, 'r')];
      addon().lockFile(held);
      sender.send(Buffer.from('yours'), [held]);
      closeSync(held);
      closeSync(open());
      await until(1);
      expect(addon().isLockedElsewhere(looking)).toBe(true);
      closeSync(received[0]!.descriptors[0]!);
      expect(addon().isLockedElsewhere(looking)).toBe(false);
      closeSync(looking);
      sender.close();
      receiver.close();
    });
  });

  it('listens on a file that is private from the start, and leaves it behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'memfsd-native-'));
    const path = join(folder, 's');
    const umask = process.umask(0);
    const descriptor = addon().listenAt(path);
    process.umask(umask);
    expect(statSync(path).mode & 0o7777).toBe(0o600);
    expect(() => addon().listenAt(path)).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
    expect(() => addon().listenAt(`/${'x'.repeat(107)}`)).toThrow(
      expect.objectContaining({ code: 'ENAMETOOLONG' }),
    );
    const server = createServer((socket) => socket.end('hello'));
    await new Promise<void>((resolve) => server.listen({ fd: descriptor }, resolve));
    const answer = await new Promise((resolve) => {
      connect(path).on('data', (bytes) => resolve(bytes.toString()));
    });
    expect(answer).toBe('hello');
    await new Promise((resolve) => server.close(resolve));
    expect(existsSync(path)).toBe(true);
    rmSync(folder, { recursive: true });
  });

  it('throws errors with code, errno and call', () => {
    const call = () => addon().mount('none', '/nonexistent', 'fuse.memfsd', 0, '');
    expect(call).toThrow(expect.objectContaining({ syscall: 'mount', errno: expect.any(Number) }));
    expect(() => addon().closeDescriptor(-1)).toThrow(expect.objectContaining({ code: 'EBADF', errno: 9 }));
    expect(() => addon().unmount('/nonexistent', 0)).toThrow(/umount2/);
  });

  it('reads an extended attribute, and says that there is none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'memfsd-native-'));
    try {
      expect(() => addon().getAttribute(folder, 'system.posix_acl_access')).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(ENODATA|ENOTSUP)$/), syscall: 'lgetxattr' }),
      );
      expect(() => addon().getAttribute(join(folder, 'absent'), 'user.a')).toThrow(
        expect.objectContaining({ code: 'ENOENT' }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('opens a directory by its own path only: no link, no file, nothing above', () => {
    const base = realpathSync(mkdtempSync(join(tmpdir(), 'memfsd-native-')));
    try {
      mkdirSync(join(base, 'real/deep'), { recursive: true });
      writeFileSync(join(base, 'file'), '');
      symlinkSync('real', join(base, 'link'));
      symlinkSync('gone', join(base, 'dangling'));
      const descriptor = addon().openDirectory(`${base}//real/./deep`);
      expect(readlinkSync(`/proc/self/fd/${descriptor}`)).toBe(join(base, 'real/deep'));
      addon().closeDescriptor(descriptor);
      addon().closeDescriptor(addon().openDirectory('/'));
      const open = (path: string) => () => addon().openDirectory(path);
      for (const link of ['link', 'link/deep', 'link/', 'dangling'])
        expect(open(join(base, link)), link).toThrow(expect.objectContaining({ code: 'ELOOP' }));
      expect(open(join(base, 'file'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
      expect(open(join(base, 'absent'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
      for (const path of ['real', '', `${base}/real/../real`])
        expect(open(path), path).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    } finally {
      rmSync(base, { recursive: true });
    }
  });
});

suite('Channel and Notifier, on a socket in place of the device', () => {
  it('reads request by request and writes replies in pieces', async () => {
    const [ours, theirs] = addon().socketpair();
    const requests = Buffer.allocUnsafeSlow(100);
    const replies = Buffer.allocUnsafeSlow(100);
    const ended = new Promise<number>((resolve) => {
      const channel = new (addon().Channel)(
        ours,
        requests,
        replies,
        (length) => {
          // A socket's end reads as 0 bytes for ever; the device fails with ENODEV instead.
          if (length === 0) {
            channel.close();
            resolve(length);
            return false;
          }
          replies.write('got ');
          expect(channel.replyWith(4, [requests.subarray(0, length), Buffer.from('!')])).toBe(0);
          expect(channel.reply(4)).toBe(0);
          expect(channel.send(Buffer.from('own'))).toBe(0);
          expect(channel.reply(101)).toBe(22);
          return true;
        },
        () => {},
      );
      channel.resume();
    });
    const answer = Buffer.alloc(100);
    const read = () => answer.toString('utf8', 0, readSync(theirs, answer));
    writeSync(theirs, 'one');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([read(), read(), read()]).toEqual(['got one!', 'got ', 'own']);
    closeSync(theirs);
    expect(await ended).toBe(0);
  });

  it('writes in order, once for equal messages that wait, and reports every one', async () => {
    const [ours, theirs] = addon().socketpair();
    const done: [number, number][] = [];
    await new Promise<void>((resolve) => {
      const notifier = new (addon().Notifier)(ours, (id, errno) => {
        done.push([id, errno]);
        if (done.length < 102) return;
        notifier.close();
        resolve();
      });
      notifier.post(1000, Buffer.from('first'));
      for (let i = 0; i < 100; i++) notifier.post(i, Buffer.from('same'));
      notifier.post(2000, Buffer.from('last'));
    });
    closeSync(ours);
    const messages: string[] = [];
    const bytes = Buffer.alloc(100);
    for (;;) {
      const length = readSync(theirs, bytes);
      if (length === 0) break;
      messages.push(bytes.toString('utf8', 0, length));
    }
    closeSync(theirs);
    expect(messages[0]).toBe('first');
    expect(messages.at(-1)).toBe('last');
    expect(messages.length).toBeLessThan(102);
    expect(done.every(([, errno]) => errno === 0)).toBe(true);
    expect(new Set(done.map(([id]) => id)).size).toBe(102);
  });

  it('leaves nothing behind in a worker that ends with everything open', async () => {
    const before = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    });
    const code = `
      const addon = require(${JSON.stringify(new URL('../../../native/index.cjs', import.meta.url).pathname)});
      const [a, b] = addon.socketpair();
      new addon.Channel(a, Buffer.allocUnsafeSlow(10), Buffer.allocUnsafeSlow(10), () => {}, () => {}).resume();
      new addon.DescriptorSocket(b, () => {}, () => {});
      const [c] = addon.socketpair();
      new addon.Notifier(c, () => {}).post(1, Buffer.from('x'));
      addon.closeDescriptor(c);
      process.exit(0);`;
    const worker = new Worker(code, { eval: true });
    expect(await new Promise((resolve) => worker.once('exit', resolve))).toBe(0);
    const sockets = (list: string[]) => list.filter((link) => link.startsWith('socket:')).length;
    const after = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    });
    // The one end that nothing owned.
    expect(sockets(after) - sockets(before)).toBeLessThanOrEqual(1);
  });
});
