import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { native } from '../../src/fuse/native.js';
import { obstacle, Served, shell, support } from './fuse-support/mounted.js';

const reason = obstacle();
const suite = reason === null ? describe : describe.skip;

suite(`a mounted file system${reason === null ? '' : ` (${reason})`}`, () => {
  let served: Served;
  const inside = (script: string, limit?: number) => shell(`cd ${served.directory}; ${script}`, limit);

  beforeAll(async () => {
    served = new Served('serve.mjs', (directory) => [directory]);
    await served.line('ready');
  });
  afterAll(async () => {
    await served.stop();
    expect(served.lines.at(-1)).toBe('end 19');
    expect(served.errors).toBe('');
  });

  it('negotiates what this kernel offers', async () => {
    const state = JSON.parse((await served.line('negotiated')).slice('negotiated '.length));
    expect(state.maxWrite).toBe(1024 * 1024);
  });

  it('is of our type, nosuid and nodev', async () => {
    const mounts = await shell(`grep ' ${served.directory} ' /proc/mounts`);
    expect(mounts).toMatch(/^memory \S+ fuse\.memfsd rw,nosuid,nodev,.*default_permissions/);
  });

  it('keeps what shells write, append, truncate, rename, link and remove', async () => {
    expect(await inside('echo one > a; echo two >> a; cat a')).toBe('one\ntwo\n');
    expect(await inside('truncate -s 3 a; cat a; mkdir d; mv a d/b; cat d/b; ls d')).toBe('oneoneb\n');
    expect(await inside('ln -s d/b s; readlink s; cat s; ln d/b hard; stat -c %h hard')).toBe('d/b\none2\n');
    await expect(inside('mv -n hard hard2; rmdir d')).rejects.toThrow('not empty');
    expect(await inside('rm s hard2 d/b; rmdir d; ls -A')).toBe('');
    await expect(inside('cat missing')).rejects.toThrow('No such file');
  });

  it('moves data that is larger than one request', async () => {
    const sums = await inside(
      'head -c 5000000 /dev/urandom > /tmp/$$.bin; cp /tmp/$$.bin big; cmp big /tmp/$$.bin; rm /tmp/$$.bin; ' +
        'dd if=big of=copy bs=3M status=none; sha256sum big copy | cut -c1-64 | uniq | wc -l; stat -c %s big; rm big copy',
      30_000,
    );
    expect(sums).toBe('1\n5000000\n');
  });

  it('lists directories that need several reads, in full and without repeats', async () => {
    const listed = await inside(
      'mkdir many; cd many; touch $(seq -f "file-with-a-long-name-%06g" 3000); ls -l | wc -l; ls -U | sort -u | wc -l; find . -type f | wc -l; rm -r ../many',
      60_000,
    );
    expect(listed).toBe('3001\n3000\n3000\n');
  });

  it('carries extended attributes', async () => {
    const python = (code: string) => inside(`touch x; python3 -c "import os; ${code}"; rm x`);
    expect(
      await python("os.setxattr('x','user.a',b'v\\0w'); print(os.getxattr('x','user.a'), os.listxattr('x'))"),
    ).toBe("b'v\\x00w' ['user.a']\n");
    await expect(python("os.getxattr('x','user.none')")).rejects.toThrow('No data available');
  });

  it('knows holes, allocation, unnamed files and copying in the kernel', async () => {
    const out = await inside(
      `python3 - <<'END'
import os
f = os.open('h', os.O_RDWR | os.O_CREAT); os.write(f, b'x' * 10)
os.posix_fallocate(f, 0, 100)
print(os.lseek(f, 5, os.SEEK_DATA), os.lseek(f, 5, os.SEEK_HOLE), os.fstat(f).st_size)
t = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600)
print(os.copy_file_range(f, t, 10, 0, 0), os.pread(t, 20, 0))
os.unlink('h'); os.fsync(f)
END`,
    );
    expect(out).toBe("5 100 100\n10 b'xxxxxxxxxx'\n");
  });

  it('answers an ioctl it does not know with ENOTTY', async () => {
    const code = 'import fcntl; fcntl.ioctl(open("i"), 0x5401)';
    await expect(inside(`touch i; python3 -c '${code}'`)).rejects.toThrow('Inappropriate ioctl');
  });

  it('lets one flock wait for another, and interrupts a wait, without stopping anyone else', async () => {
    const order = await inside(
      '(flock 9; sleep 0.5; echo first >> o) 9> l & sleep 0.1; (flock 9; echo second >> o) 9> l & ' +
        'sleep 0.1; timeout 2 stat -c %n l; timeout 0.2 flock l true || echo interrupted; wait; cat o; rm o l',
    );
    expect(order).toBe('l\ninterrupted\nfirst\nsecond\n');
    const [, , waiting] = (await served.tell('nothing')).split(' ');
    expect(waiting).toBe('0');
  });

  it('keeps record locks apart by process', async () => {
    const out = await inside(
      `python3 - <<'END'
import fcntl, os
f = open('r', 'w'); fcntl.lockf(f, fcntl.LOCK_EX, 10, 0)
if os.fork() == 0:
    g = open('r', 'w')
    fcntl.lockf(g, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 10)
    try: fcntl.lockf(g, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 5)
    except BlockingIOError: print('held', flush=True)
    os._exit(0)
os.wait()
END`,
    );
    expect(out).toBe('held\n');
  });

  it('shows a change made elsewhere only when the kernel is told', async () => {
    await served.tell('set shared old');
    expect(await inside('cat shared')).toBe('old');
    await served.tell('quiet shared new');
    expect(await inside('cat shared')).toBe('old');
    await served.tell('set shared newer');
    expect(await inside('cat shared; stat -c %s shared')).toBe('newer5\n');
  });

  const canExpire = async (): Promise<boolean> =>
    JSON.parse((await served.line('negotiated')).slice('negotiated '.length)).hasExpiry;

  it('asks again for a name that has expired', async () => {
    if (!(await canExpire())) return;
    await expect(inside('cat late')).rejects.toThrow('No such file');
    await served.tell('quiet late here');
    await expect(inside('cat late')).rejects.toThrow('No such file');
    await served.tell('expire 1 late');
    expect(await inside('cat late')).toBe('here');
  });

  it('keeps a directory that has expired, who stands in it and what is mounted on it', async () => {
    if (!(await canExpire())) return;
    await inside(
      'mkdir -p stand/deep; mkdir covered; mount -t tmpfs none covered; echo below > covered/file',
    );
    const standing = inside(
      'cd stand/deep; touch ../../stand-ready; while [ ! -e ../../stand-end ]; do /bin/pwd > /dev/null; done; /bin/pwd',
      60_000,
    );
    standing.catch(() => {});
    while (!(await inside('ls')).includes('stand-ready')) await new Promise(setImmediate);
    try {
      for (let round = 0; round < 20; round++) {
        for (const place of ['1 stand', 'stand deep', '1 covered']) await served.tell(`expire ${place}`);
        expect(await inside('cat covered/file; stat -c %F stand/deep')).toBe('below\ndirectory\n');
      }
    } finally {
      await inside('touch stand-end; umount covered');
    }
    expect(await standing).toBe(`${served.directory}/stand/deep\n`);
  });

  it('expires a name after a first lookup that is under way, but does not wait for one that asks again', async () => {
    if (!(await canExpire())) return;
    await inside('mkdir -p d/known');
    const expired = (from: number): boolean =>
      served.lines.slice(from).some((line) => line.startsWith('done expire'));
    for (const [name, isWaited] of [
      ['unknown', true],
      ['known', false],
    ] as const) {
      await served.tell('expire d known');
      await served.tell(`slow ${name}`);
      const looking = inside(`stat -c %F d/${name} || true`);
      while ((await served.tell('nothing')).split(' ')[3] === '0') await new Promise(setImmediate);
      const from = served.lines.length;
      served.write('expire d other');
      if (isWaited) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(expired(from)).toBe(false);
      } else await served.line('done expire', from);
      served.write('go');
      await served.line('done expire', from);
      await looking;
    }
  });

  it('gives the notifier thread a descriptor table of its own, with the device and its event only', async () => {
    const tasks = readdirSync(`/proc/${served.pid}/task`).map(
      (task) => `/proc/${served.pid}/task/${task}/fd`,
    );
    const tables = tasks.map((table) => readdirSync(table).map((fd) => readlinkSync(`${table}/${fd}`)));
    expect(tables.filter((table) => table.length === 2).map((table) => table.sort())).toEqual([
      ['/dev/fuse', 'anon_inode:[eventfd]'],
    ]);
  });
});

suite('an engine that is killed', () => {
  it('is followed by another on the same connection, and no call fails', async () => {
    const store = mkdtempSync(join(tmpdir(), 'memfsd-fuse-store-'));
    const served = new Served('keeper.mjs', (directory) => [directory, store, '8']);
    try {
      await served.line('ready');
      const client = shell(
        `exec ${process.execPath} ${support('client.mjs')} ${served.directory} ${store}/end`,
        90_000,
      );
      client.catch(() => {});
      const killed = await served.line('killed', 0, 80_000);
      writeFileSync(join(store, 'end'), '');
      expect(Number(killed.split(' ')[3])).toBeGreaterThan(0);
      expect(Number(await client)).toBeGreaterThan(10);
      expect(served.errors).toBe('');
    } finally {
      served.endInput();
      await served.stop();
      rmSync(store, { recursive: true });
    }
  });
});

suite('a connection that is ended', () => {
  it('fails the calls under way, and its dead mountpoint can be mounted again', async () => {
    const served = new Served('serve.mjs', (directory) => [directory]);
    try {
      await served.line('ready');
      process.kill(served.pid, 'SIGKILL');
      // ECONNABORTED while the connection ends, ENOTCONN once it has (fs/fuse/dev.c).
      await expect(shell(`cat ${served.directory}/a`)).rejects.toThrow(/not connected|connection abort/);
      const script = `import { mount } from '${support('../../../dist/fuse/mount.js')}';
        import { unmount } from '${support('../../../dist/fuse/unmount.js')}';
        const made = await mount('${served.directory}', { source: 'again', allowOther: false });
        await unmount(made, false); console.log('remounted');`;
      expect(await shell(`${process.execPath} --input-type=module -e "${script}"`)).toBe('remounted\n');
    } finally {
      await served.stop();
    }
  });
});

suite('a notifier that the kernel keeps waiting', () => {
  const lock = (file: string) =>
    shell(
      `cd ${support('.')}; ${process.execPath} --input-type=module -e "import D from 'better-sqlite3';
        new D('${file}', { timeout: 0 }).exec('BEGIN EXCLUSIVE'); console.log('locked')"`,
    );

  const isLocked = (file: string): boolean => {
    const descriptor = openSync(file, 'r');
    const locked = native().isLockedElsewhere(descriptor);
    closeSync(descriptor);
    return locked;
  };

  /** Kills the server while its notifier waits in the kernel; resolves when it is a corpse. */
  async function leaveCorpse(served: Served): Promise<void> {
    process.kill(served.pid, 'SIGKILL');
    await shell(`until grep -q '^State:.Z' /proc/${served.pid}/status; do sleep 0.05; done`);
  }

  it('makes nobody wait beyond the limit, and holds no lock when its process is killed', async () => {
    const store = mkdtempSync(join(tmpdir(), 'memfsd-fuse-store-'));
    const database = join(store, 'a.db');
    const fence = join(store, 'fence');
    const served = new Served('stuck.mjs', (directory) => [directory, database, fence]);
    const [, , id] = (await served.line('ready')).split(' ');
    const abort = `${process.execPath} --input-type=module -e "
      import { abortMount } from '${support('../../../dist/fuse/unmount.js')}'; abortMount({ id: ${id}, source: 'stuck' })"`;
    try {
      const reader = shell(`cat ${served.directory}/f`, 30_000).catch((error: Error) => error.message);
      await served.line('reading');
      await expect(lock(database)).rejects.toThrow('locked');
      expect(isLocked(fence)).toBe(true);
      served.write('invalidate');
      const [, waited, coherent] = (await served.line('waited')).split(' ');
      expect(Number(waited)).toBeGreaterThan(1900);
      expect(coherent).toBe('false');
      const states = readdirSync(`/proc/${served.pid}/task`).map(
        (task) => readFileSync(`/proc/${served.pid}/task/${task}/stat`, 'utf8').split(') ')[1]?.[0],
      );
      expect(states.filter((state) => state === 'D')).toHaveLength(1);
      await leaveCorpse(served);
      expect(await lock(database)).toBe('locked\n');
      expect(isLocked(fence)).toBe(false);
      await shell(abort);
      expect(await reader).toMatch(/connection abort|not connected/);
    } finally {
      await shell(abort);
      await served.stop();
      rmSync(store, { recursive: true });
    }
  });

  it('is ended by the file that was opened for it, though a corpse holds the descriptor and the mount was detached', async () => {
    const store = mkdtempSync(join(tmpdir(), 'memfsd-fuse-store-'));
    const served = new Served('stuck.mjs', (directory) => [
      directory,
      join(store, 'a.db'),
      join(store, 'fence'),
    ]);
    const [, , , control] = (await served.line('ready')).split(' ');
    const held = openSync(`/proc/${served.pid}/fd/${control}`, 'w');
    const next = new Served('serve.mjs', (directory) => [directory]);
    try {
      const reader = shell(`cat ${served.directory}/f`, 30_000).catch((error: Error) => error.message);
      await served.line('reading');
      served.write('invalidate');
      await served.line('waited');
      await leaveCorpse(served);
      await shell(`umount -l ${served.directory}`);
      await next.line('ready');
      writeSync(held, '1');
      expect(await reader).toMatch(/connection abort|not connected/);
      // It is gone by now: the file ends nothing else, whatever has its number.
      writeSync(held, '1');
      expect(await shell(`echo lives > ${next.directory}/a; cat ${next.directory}/a`)).toBe('lives\n');
    } finally {
      closeSync(held);
      await served.stop();
      await next.stop();
      rmSync(store, { recursive: true });
    }
  });
});
