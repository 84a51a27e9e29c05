import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { controlClient } from '../../src/api/client/client.js';
import { askKeeper } from '../../src/api/client/keeper.js';
import type { Status } from '../../src/api/endpoints/daemon.js';
import type { KeeperState, Programs } from '../../src/api/keeper-state.js';
import { executable, isAlive, killEngine, statusOf, until } from './daemon-support/processes.js';
import { describeMount } from './support/mount-tier.js';
import { PrivateDaemon } from './support/private-daemon.js';

const support = (name: string): string => fileURLToPath(new URL(`daemon-support/${name}`, import.meta.url));
const clients = readFileSync(support('restart-clients.py'), 'utf8');
const program = (name: string): string =>
  fileURLToPath(new URL(`../../dist/programs/${name}`, import.meta.url));
const own: Programs = {
  command: process.execPath,
  keeper: program('keeper-main.js'),
  engine: program('engine-main.js'),
};

let daemon: PrivateDaemon;

beforeEach(async () => {
  daemon = new PrivateDaemon();
  await daemon.prepare();
});
afterEach(() => daemon.close());

const restart = async (...options: string[]) =>
  JSON.parse(await daemon.expect('restart', '--json', ...options)) as {
    restarted: boolean;
    previous: { keeper: { pid: number }; engine: { pid: number } };
    keeper: { pid: number };
    engine: { pid: number };
    guarantee: string | null;
  };

const pids = ({ keeper, engine }: Pick<Status, 'keeper' | 'engine'>) => [keeper.pid, engine.pid];

/** Descriptors of connections that a process has. */
const connections = (pid: number): number =>
  readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`) === '/dev/fuse';
    } catch {
      return false;
    }
  }).length;

/** Programs at work on a mount, through so many restarts. */
async function atWork(mountpoint: string, during: () => Promise<void>): Promise<void> {
  const work = daemon.python(mountpoint, clients, { limit: 240_000 });
  work.catch(() => {});
  await until('the programs', 60_000, async () =>
    (await daemon.shell(mountpoint, 'ls')).includes('listening'),
  );
  await during();
  await daemon.shell(mountpoint, 'touch stop');
  const { rounds, failed } = JSON.parse(await work) as { rounds: Record<string, number>; failed: string[] };
  expect(failed).toEqual([]);
  for (const [name, count] of Object.entries(rounds)) expect(count, name).toBeGreaterThan(0);
  expect(JSON.parse(await daemon.expect('verify', 'team', '--json'))).toMatchObject({ ok: true });
}

describeMount('a restart', () => {
  it.each([
    ['of keeper and engine', []],
    ['of the engine', ['--engine']],
  ])('%s fails no call, loses no byte and no lock', async (_, options) => {
    await daemon.expect('store', 'create', 'team');
    const mountpoint = await daemon.mount('team', '--precondition', 'off');
    await daemon.mount('team', '--read-only');
    await atWork(mountpoint, async () => {
      for (let times = 0; times < 2; times++) {
        const before = pids(await statusOf(daemon));
        const { previous, keeper, engine, ...rest } = await restart(...options);
        expect(pids(previous as Status)).toEqual(before);
        expect(rest).toMatchObject({ restarted: true, guarantee: 'resend', mounts: 2 });
        expect(isAlive(before[1]!)).toBe(false);
        expect(isAlive(before[0]!)).toBe(options.length > 0);
        expect(keeper.pid === before[0]).toBe(options.length > 0);
        expect([connections(keeper.pid), isAlive(engine.pid)]).toEqual([2, true]);
      }
    });
    // The new keeper can do what the old one could.
    await killEngine(daemon);
    expect((await statusOf(daemon)).mounts).toMatchObject([{ connection: 1 }, { connection: 2 }]);
    await daemon.expect('unmount', mountpoint);
    await daemon.mount('team');
    await daemon.expect('stop');
    expect(await askKeeper(daemon.data)).toBeNull();
  });

  it('fails no call either where the kernel repeats nothing, and says what it did', async () => {
    const env = { ...process.env, MEMFSD_TEST_NO_RESEND: '1' };
    expect(await daemon.run(['start'], { env })).toMatchObject({ status: 0 });
    await daemon.expect('store', 'create', 'team');
    const mountpoint = await daemon.mount('team', '--precondition', 'off');
    await atWork(mountpoint, async () => {
      for (const options of [[], ['--engine']]) {
        const { stderr } = await daemon.run(['restart', ...options]);
        expect(stderr).toContain('this kernel repeats no calls');
      }
    });
    // The connection has lived on: nothing was mounted again.
    expect((await statusOf(daemon)).mounts).toMatchObject([{ connection: 1, guarantee: 'abort' }]);
  });

  it('starts a daemon when none runs', async () => {
    const { restarted, previous } = await restart();
    expect([restarted, previous]).toEqual([false, null]);
  });

  it('is not for a session', async () => {
    await daemon.expect('store', 'create', 'team');
    await daemon.mount('team', '--session', 'agent');
    const before = await statusOf(daemon);
    const env = { ...process.env, MEMFSD_SESSION: 'agent' };
    const { status, stderr } = await daemon.run(['restart'], { env });
    expect([status, stderr]).toEqual([5, expect.stringContaining('restart the daemon')]);
    expect(pids(await statusOf(daemon))).toEqual(pids(before));
  });

  it('of a daemon in the foreground is one of its engine only', async () => {
    const foreground = spawn(process.execPath, [executable, 'start', '--foreground', '--data', daemon.data], {
      stdio: 'ignore',
    });
    try {
      await until('the daemon', 20_000, async () => (await daemon.run(['status'])).status === 0);
      const refused = await daemon.run(['restart']);
      expect([refused.status, refused.stderr]).toEqual([
        8,
        expect.stringContaining('memfsd restart --engine'),
      ]);
      const before = await statusOf(daemon);
      expect(before.keeper.pid).toBe(foreground.pid);
      const { keeper, engine } = await restart('--engine');
      expect(keeper.pid).toBe(foreground.pid);
      expect(engine.pid).not.toBe(before.engine.pid);
    } finally {
      foreground.kill('SIGTERM');
      await until('its end', 20_000, () => foreground.exitCode !== null);
    }
  });
});

describeMount('a restart that comes to nothing', () => {
  let mountpoint: string;

  beforeEach(async () => {
    await daemon.expect('store', 'create', 'team');
    mountpoint = await daemon.mount('team', '--precondition', 'off');
  });

  /** Asks as the command does, with another program in the new one's place; gives what became of it. */
  async function attempt(programs: Partial<Programs>, engine_only = false): Promise<KeeperState> {
    const id = `attempt ${Math.random()}`;
    await controlClient(daemon.data).daemon.restart({
      id,
      engine_only,
      programs: { ...own, ...programs },
    });
    let state: KeeperState | null = null;
    await until('the outcome', 60_000, async () => {
      state = await askKeeper(daemon.data).catch(() => null);
      return state?.restart?.id === id && state.restart.state !== 'running';
    });
    return state!;
  }

  function successor(mode: string): Partial<Programs> {
    const file = join(daemon.base, `${mode}.mjs`);
    writeFileSync(file, `process.env.MODE = '${mode}'; await import('${support('successor.mjs')}');`);
    return { keeper: file };
  }

  function script(text: string): string {
    const file = join(daemon.base, 'broken.mjs');
    writeFileSync(file, text);
    return file;
  }

  const reasonOf = async (programs: Partial<Programs>, engineOnly = false): Promise<string> => {
    const { restart: outcome } = await attempt(programs, engineOnly);
    expect(outcome!.state).toBe('failed');
    return outcome!.error!.message;
  };

  it('because the new program cannot start touches neither keeper nor engine', async () => {
    const before = await statusOf(daemon);
    expect(await reasonOf({ command: '/nowhere/node' })).toMatch(/cannot be started.*ENOENT/);
    expect(await reasonOf({ keeper: script('process.exit(3)') })).toContain('ended with exit code 3');
    expect(await reasonOf({ engine: script('throw 1') }, true)).toContain('exit code 1');
    expect(await reasonOf({ engine: script('process.kill(process.pid, 9)') }, true)).toContain('SIGKILL');
    expect(pids(await statusOf(daemon))).toEqual(pids(before));
    expect(await daemon.shell(mountpoint, 'echo here > a; cat a')).toBe('here\n');
  });

  it('because the new keeper dies, before or after it took over, fails no call; the old one takes all back', async () => {
    const before = await statusOf(daemon);
    await atWork(mountpoint, async () => {
      expect(await reasonOf(successor('loaded'))).toContain('exit code 7');
      expect(await reasonOf(successor('taken'))).toContain('exit code 7');
    });
    const { mounts, keeper, engine } = await statusOf(daemon);
    expect(keeper.pid).toBe(before.keeper.pid);
    expect(engine.pid).not.toBe(before.engine.pid);
    expect(mounts).toMatchObject([{ connection: 1, state: 'mounted' }]);
    // The next one finds nothing in its way.
    expect((await restart()).keeper.pid).not.toBe(before.keeper.pid);
    expect(await daemon.shell(mountpoint, 'echo more > a; cat a')).toBe('more\n');
  });
});
