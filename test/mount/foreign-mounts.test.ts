/** What others mount over a mount, in it, or in its place is theirs: no daemon takes it away or ends it. */
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { controlClient } from '../../src/api/client/client.js';
import type { MountSummary } from '../../src/api/endpoints/mounts.js';
import { MountRequest } from '../../src/api/endpoints/mounts.js';
import { readMountInfo } from '../../src/api/mountinfo.js';
import { mountOf } from '../../src/core/mountinfo.js';
import { killBoth, killEngine, statusOf, until } from './daemon-support/processes.js';
import { inDirectory, runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { isMounted, PrivateDaemon } from './support/private-daemon.js';

let daemon: PrivateDaemon;
let mountpoint: string;
/** Mounts that the test made, to be taken away after it. */
let foreign: string[];

beforeEach(async () => {
  foreign = [];
  daemon = new PrivateDaemon();
  await daemon.prepare();
  await daemon.expect('store', 'create', 'team');
});
afterEach(async () => {
  for (const path of foreign.reverse()) await runChild('umount', ['-l', path]);
  for (const path of [mountpoint, join(daemon.base, 'other')])
    while (readMountInfo().some((mount) => mount.path === path)) await runChild('umount', ['-l', path]);
  await daemon.close();
});

const asRoot = process.getuid?.() === 0 ? describeMount : (_: string, __: () => void) => {};
const mounts = async (): Promise<MountSummary[]> => (await statusOf(daemon)).mounts;

async function tmpfsAt(path: string): Promise<void> {
  expect(await runChild('mount', ['-t', 'tmpfs', 'foreign', path])).toMatchObject({ status: 0 });
  foreign.push(path);
  await inDirectory(path, 'echo theirs > file');
}

const isTheirs = async (path: string): Promise<boolean> =>
  (await runChild('cat', [join(path, 'file')])).stdout === 'theirs\n' &&
  mountOf(path, readMountInfo())?.type === 'tmpfs';

asRoot('a file system that is mounted over a mount', () => {
  beforeEach(async () => {
    mountpoint = await daemon.mount('team');
    await daemon.shell(mountpoint, 'echo kept > a');
    await tmpfsAt(mountpoint);
  });

  it('is in the way of unmount, which says so', async () => {
    const { status, stderr } = await daemon.run(['unmount', mountpoint, '--json']);
    expect(status).toBe(4);
    expect(JSON.parse(stderr).error).toMatchObject({
      code: 'busy',
      message: expect.stringContaining('tmpfs (foreign) is mounted over it'),
      hint: expect.stringContaining(`umount ${mountpoint}`),
    });
    expect(await isTheirs(mountpoint)).toBe(true);
    await runChild('umount', [mountpoint]);
    expect(await daemon.shell(mountpoint, 'cat a')).toBe('kept\n');
    await daemon.expect('unmount', mountpoint);
    expect(isMounted(mountpoint)).toBe(false);
  });

  it('outlives the daemon, and the mount below can be made again', async () => {
    await daemon.expect('stop');
    expect(await isTheirs(mountpoint)).toBe(true);
    const refused = await daemon.run(['mount', 'team', mountpoint, '--json']);
    expect(JSON.parse(refused.stderr).error.code).toBe('not_empty');
    await runChild('umount', [mountpoint]);
    await daemon.expect('mount', 'team', mountpoint);
    expect(await daemon.shell(mountpoint, 'cat a')).toBe('kept\n');
    expect(readMountInfo().filter(({ path }) => path === mountpoint)).toHaveLength(1);
  });

  it('outlives the death of keeper and engine, and the start of the next', async () => {
    await killBoth(daemon);
    await daemon.expect('start');
    expect(await isTheirs(mountpoint)).toBe(true);
    expect((await mounts())[0]).toMatchObject({ state: 'failed', problem: expect.stringContaining('empty') });
  });
});

asRoot('a file system that is mounted in a mount', () => {
  it('outlives unmount and stop', async () => {
    mountpoint = await daemon.mount('team');
    const inner = join(mountpoint, 'd');
    await daemon.shell(mountpoint, 'mkdir d');
    await tmpfsAt(inner);
    const { status, stderr } = await daemon.run(['unmount', mountpoint, '--json']);
    expect([status, JSON.parse(stderr).error.message]).toEqual([
      4,
      expect.stringContaining(`in it, at ${inner}`),
    ]);
    await daemon.expect('stop');
    expect(readMountInfo().some(({ path, type }) => path === inner && type === 'tmpfs')).toBe(true);
  });
});

asRoot('a mount that was detached by hand', () => {
  it.each([true, false])(
    'has left nothing to end in its place (kernel repeats requests: %s)',
    async (resend) => {
      const other = new PrivateDaemon();
      await other.prepare();
      try {
        await daemon.expect('stop');
        const env = { ...process.env, MEMFSD_TEST_NO_RESEND: resend ? '0' : '1' };
        expect(await daemon.run(['start'], { env })).toMatchObject({ status: 0 });
        mountpoint = await daemon.mount('team');
        const minorAt = (path: string) => mountOf(path, readMountInfo())!.minor;
        const minor = minorAt(mountpoint);
        const { engine } = await statusOf(daemon);
        // A daemon that does not hear of the end.
        process.kill(engine.pid, 'SIGSTOP');
        await runChild('umount', ['-l', mountpoint]);
        await other.expect('store', 'create', 'theirs');
        // The kernel gives the lowest number that is free: that of the detached one, or one below.
        let living = await other.mount('theirs');
        for (let more = 0; more < 8 && minorAt(living) !== minor; more++)
          living = await other.mount('theirs');
        const writer = inDirectory(
          living,
          'exec 9> open; echo one >&9; until test -e go; do sleep 0.05; done; echo two >&9',
        );
        process.kill(engine.pid, 'SIGKILL');
        await until(
          'the next engine',
          20_000,
          async () => (await statusOf(daemon)).engine.pid !== engine.pid,
        );
        await other.shell(living, 'touch go');
        expect(await writer).toMatchObject({ status: 0, stderr: '' });
        expect(await other.shell(living, 'cat open')).toBe('one\ntwo\n');
        expect((await statusOf(other)).mounts.every(({ connection }) => connection < 10)).toBe(true);
        expect(other.log()).not.toContain('the connection ended');
      } finally {
        await other.close();
      }
    },
  );

  it('is no reason to take away what is there now', async () => {
    mountpoint = await daemon.mount('team');
    const user = inDirectory(mountpoint, 'exec 9> open; sleep 3; echo late >&9');
    await until('the open file', 20_000, async () =>
      (await runChild('ls', [mountpoint])).stdout.includes('open'),
    );
    await runChild('umount', ['-l', mountpoint]);
    await tmpfsAt(mountpoint);
    // The connection lives on with the open file; the mount is gone.
    await daemon.expect('unmount', mountpoint);
    expect(await isTheirs(mountpoint)).toBe(true);
    await user;
  });
});

describeMount('a copy of a data directory', () => {
  it('leaves the mounts of the original alone', async () => {
    mountpoint = await daemon.mount('team');
    await daemon.shell(mountpoint, 'echo kept > a');
    const copy = join(daemon.base, 'copy');
    cpSync(daemon.data, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') });
    const { stdout } = await runChild(process.execPath, [
      join(process.cwd(), 'bin/memfsd.js'),
      ...['start', '--json', '--data', copy],
    ]);
    try {
      expect(JSON.parse(stdout).mounts).toMatchObject([{ path: mountpoint, state: 'failed' }]);
    } finally {
      await runChild(process.execPath, [join(process.cwd(), 'bin/memfsd.js'), 'stop', '--data', copy]);
    }
    expect(await daemon.shell(mountpoint, 'echo more >> a; cat a')).toBe('kept\nmore\n');
    expect((await mounts())[0]).toMatchObject({ state: 'mounted', connection: 1 });
  });
});

describeMount('a directory that others may change between check and mount', () => {
  const request = (path: string) =>
    MountRequest.parse({ store: 'team', path, agent: 'a', session: 's', scope: 'read_write' });
  /** As the command line asks, but without its looking first. */
  const refusal = async (path: string) => {
    try {
      await controlClient(daemon.data).mounts.mount(request(path));
    } catch (error) {
      return error as { code: string; message: string; hint: string };
    }
    throw new Error(`${path} was mounted on`);
  };

  it('is not followed through a link, at its end or on the way', async () => {
    mkdirSync(join(daemon.base, 'real/deep'), { recursive: true });
    symlinkSync('real/deep', join(daemon.base, 'link'));
    symlinkSync('real', join(daemon.base, 'way'));
    for (const path of ['link', 'way/deep']) {
      const refused = await refusal(join(daemon.base, path));
      expect(refused).toMatchObject({ code: 'invalid', message: expect.stringContaining('symbolic link') });
      expect(refused.hint).toContain('realpath');
    }
    expect(isMounted(join(daemon.base, 'real/deep'))).toBe(false);
    expect(await mounts()).toEqual([]);
  });

  it('must be empty, no file, no part of the system, not of the data', async () => {
    const full = join(daemon.base, 'full');
    mkdirSync(full);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) writeFileSync(join(full, name), '');
    expect(await refusal(full)).toMatchObject({
      code: 'not_empty',
      message: expect.stringMatching(/is not empty: it holds .*, .* and more$/),
      hint: expect.stringContaining(`memfsd store import STORE ${full}`),
    });
    expect(await refusal(join(full, 'a'))).toMatchObject({ code: 'not_a_directory' });
    for (const path of ['/', '/etc', '/sys/kernel', '/proc/self', '/home', '/dev/shm', '/usr'])
      expect((await refusal(path)).code, path).toMatch(/^not_permitted$|^invalid$/);
    mkdirSync(join(daemon.data, 'm'));
    for (const path of [daemon.base, daemon.data, join(daemon.data, 'm')])
      expect(await refusal(path)).toMatchObject({
        code: 'invalid',
        message: expect.stringContaining('data'),
      });
  });
});

asRoot('a directory of another user', () => {
  it('is not mounted on', async () => {
    const theirs = join(daemon.base, 'theirs');
    mkdirSync(theirs);
    await runChild('chown', ['1234', theirs]);
    const { status, stderr } = await daemon.run(['mount', 'team', theirs]);
    expect(status).toBe(5);
    expect(stderr).toContain('belongs to another user (uid 1234)');
    expect(stderr).toContain('chown root');
    rmSync(theirs, { recursive: true });
  });
});

describeMount('a mountpoint into which something was written while nothing was mounted', () => {
  it('is not mounted over after a crash; what to do is said, and then it is', async () => {
    mountpoint = await daemon.mount('team');
    await daemon.shell(mountpoint, 'echo kept > a');
    await killBoth(daemon);
    const unmount = process.getuid?.() === 0 ? ['umount', '-l'] : ['fusermount3', '-u', '-z'];
    await runChild(unmount[0]!, [...unmount.slice(1), mountpoint]);
    writeFileSync(join(mountpoint, 'stray'), 'written into the bare directory');
    const started = await daemon.run(['start']);
    expect(started.stderr).toContain(`${mountpoint}: ${mountpoint} is not empty: it holds stray`);
    expect((await mounts())[0]).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('holds stray'),
    });
    rmSync(join(mountpoint, 'stray'));
    await killEngine(daemon);
    expect(await daemon.shell(mountpoint, 'cat a')).toBe('kept\n');
  });
});
