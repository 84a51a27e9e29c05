/** A mount that is in use through another place, or in another mount namespace, is not taken away under its users. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { executable, until } from './daemon-support/processes.js';
import { runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { isMounted, PrivateDaemon } from './support/private-daemon.js';

let daemon: PrivateDaemon;
let mountpoint: string;
let other: string;
let user: ChildProcess | null;

beforeEach(async () => {
  user = null;
  daemon = new PrivateDaemon();
  await daemon.prepare();
  await daemon.expect('store', 'create', 'team');
  mountpoint = await daemon.mount('team');
  other = join(daemon.base, 'other');
  mkdirSync(other);
});
afterEach(async () => {
  user?.kill('SIGKILL');
  if (isMounted(other)) await runChild('umount', ['-l', other]);
  await daemon.close();
});

const asRoot = process.getuid?.() === 0 ? describeMount : (_: string, __: () => void) => {};
const shown = (path: string): Promise<string> => daemon.expect('show', 'team', path);
const unmountedLazily = async (): Promise<unknown> =>
  JSON.parse(await daemon.expect('unmount', mountpoint, '--lazy', '--json'));

asRoot('a mount that is bound to another place', () => {
  let open: number;

  beforeEach(async () => {
    expect(await runChild('mount', ['--bind', mountpoint, other])).toMatchObject({ status: 0 });
    open = openSync(join(other, 'open.md'), 'w');
    writeSync(open, 'one ');
  });

  it('stays, and unmount says where it is in use', async () => {
    const { status, stderr } = await daemon.run(['unmount', mountpoint, '--json']);
    expect(status).toBe(4);
    expect(JSON.parse(stderr).error).toMatchObject({
      code: 'busy',
      message: expect.stringContaining(`mounted at ${other}, too`),
      hint: expect.stringContaining(`umount ${other}`),
    });
    writeSync(open, 'two');
    closeSync(open);
    expect(await shown('open.md')).toBe('one two');
    await runChild('umount', [other]);
    await daemon.expect('unmount', mountpoint);
  });

  it('goes on there after a lazy unmount; restart is refused, stop says what it ends', async () => {
    expect(await unmountedLazily()).toMatchObject({ detached: true });
    expect(isMounted(mountpoint)).toBe(false);
    writeSync(open, 'two');
    const restart = await daemon.run(['restart', '--engine']);
    expect([restart.status, restart.stderr]).toEqual([4, expect.stringContaining(mountpoint)]);
    closeSync(open);
    expect(await shown('open.md')).toBe('one two');
    const stopped = JSON.parse(await daemon.expect('stop', '--json')) as object;
    expect(stopped).toEqual({ stopped: true, in_use: [{ path: mountpoint, processes: [] }] });
  });

  it('is named by stop, which ends it', async () => {
    closeSync(open);
    const { status, stderr } = await daemon.run(['stop']);
    expect([status, stderr]).toEqual([0, expect.stringContaining(`${mountpoint} was in use elsewhere`)]);
  });

  it('is over with its last place, and restart is possible again', async () => {
    await unmountedLazily();
    closeSync(open);
    await runChild('umount', [other]);
    await until('a restart', 20_000, async () => (await daemon.run(['restart', '--engine'])).status === 0);
  });
});

asRoot('a mount that another mount namespace has, too', () => {
  it('goes on there, and unmount says so', async () => {
    const ready = join(daemon.base, 'ready');
    const go = join(daemon.base, 'go');
    const script = `exec 7> "$1/ns.md"; echo one >&7; touch "$2"; until [ -e "$3" ]; do sleep 0.05; done; echo two >&7`;
    const words = ['-m', '--propagation', 'private', 'bash', '-ec', script, 'bash', mountpoint, ready, go];
    user = spawn('unshare', words, { stdio: 'ignore' });
    const ended = once(user, 'exit');
    await until('the user', 20_000, () => existsSync(ready));
    const { status, stdout } = await runChild(process.execPath, [
      ...[executable, 'unmount', mountpoint, '--json', '--data', daemon.data],
    ]);
    expect([status, JSON.parse(stdout)]).toEqual([0, { unmounted: mountpoint, detached: true }]);
    expect(isMounted(mountpoint)).toBe(false);
    writeFileSync(go, '');
    expect((await ended)[0]).toBe(0);
    expect(await shown('ns.md')).toBe('one\ntwo\n');
    await daemon.expect('mount', 'team', mountpoint);
    expect(readFileSync(join(mountpoint, 'ns.md'), 'utf8')).toBe('one\ntwo\n');
  });
});
