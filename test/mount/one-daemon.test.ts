import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executable, killBoth, statusOf } from './daemon-support/processes.js';
import { type ChildResult, expectSuccess, runChild } from './support/child.js';
import { PrivateDaemon } from './support/private-daemon.js';

const addon = fileURLToPath(new URL('../../native/index.cjs', import.meta.url));

let daemon: PrivateDaemon;
let holder: ChildProcess | null;

beforeEach(async () => {
  holder = null;
  daemon = new PrivateDaemon();
  await daemon.prepare();
});
afterEach(async () => {
  holder?.kill('SIGKILL');
  await daemon.close();
});

const engineStarts = (): number =>
  readFileSync(join(daemon.data, 'memfsd.log'), 'utf8').split('"engine started"').length - 1;

/** O_CLOEXEC, as fdinfo prints it (proc_pid_fdinfo(5)). */
const closeOnExec = 0o2000000;

/** The lock files that a process has open, each with its close-on-exec flag. */
const locksOf = (pid: number): [string, number][] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
    const name = basename(readlinkSync(`/proc/${pid}/fd/${descriptor}`));
    const [, flags] = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8'))!;
    return name.endsWith('.lock') ? [[name, Number.parseInt(flags!, 8) & closeOnExec]] : [];
  });

/** Runs memfsd in namespaces of its own: `-n` network, `-pf --mount-proc` processes. */
function apart(flags: readonly string[], ...args: readonly string[]): Promise<ChildResult> {
  // Without root a user namespace comes first.
  const user = process.getuid?.() === 0 ? [] : ['-r'];
  const words = [...user, ...flags, process.execPath, executable, ...args, '--data', daemon.data];
  return runChild('unshare', words);
}

describe('one data directory', () => {
  it('has one daemon, however many commands start it at once', async () => {
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => await daemon.expect('store', 'create', `store-${i}`)),
    );
    expect(engineStarts()).toBe(1);
    expect((await statusOf(daemon)).stores).toHaveLength(20);
  });

  it.each([
    ['network', ['-n']],
    ['network and process', ['-n', '-pf', '--mount-proc']],
  ])('has one daemon for commands of another %s namespace', async (_, flags) => {
    await daemon.expect('store', 'create', 'team');
    const { keeper, engine } = await statusOf(daemon);
    const started = await apart(flags, 'start');
    // Where the daemon cannot see who asks, it may refuse to act for it; a second daemon is never started.
    expect([started.status, started.stderr]).toEqual([0, '']);
    const foreground = await apart(flags, 'start', '--foreground');
    expect([foreground.status, foreground.stderr]).toEqual([4, expect.stringContaining('already runs')]);
    expect(await statusOf(daemon)).toMatchObject({ keeper, engine });
    expect(engineStarts()).toBe(1);
  });

  it('has its locks in keeper and engine, and in nothing that they start', async () => {
    await daemon.expect('start');
    const { keeper, engine } = await statusOf(daemon);
    expect(locksOf(keeper.pid)).toEqual([['keeper.lock', closeOnExec]]);
    expect(locksOf(engine.pid)).toEqual([['engine.lock', closeOnExec]]);
  });

  it('is found through a path that is longer than the address of a socket', async () => {
    const deep = join(daemon.data, 'd'.repeat(100), 'e'.repeat(100));
    const memfsd = (...args: string[]) =>
      expectSuccess(runChild(process.execPath, [executable, ...args, '--data', deep]));
    await memfsd('store', 'create', 'team');
    expect(await memfsd('store', 'list')).toContain('team');
    expect(await memfsd('stop')).toContain('stopped');
  });
});

describe('a data directory that somebody holds', () => {
  async function hold(): Promise<void> {
    mkdirSync(daemon.data, { mode: 0o700 });
    const program = `
      require(${JSON.stringify(addon)}).lockFile(require('fs').openSync(process.argv[1], 'w+', 0o600));
      process.stdout.write('held'); setTimeout(() => {}, 600_000);`;
    holder = spawn(process.execPath, ['-e', program, join(daemon.data, 'keeper.lock')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout!, 'data');
  }

  it('starts no daemon, and says who is in the way', async () => {
    await hold();
    const commands = [['store', 'list'], ['status'], ['stop'], ['start', '--foreground']];
    const results = await Promise.all(commands.map((words) => daemon.run(words)));
    expect(results.map(({ status }) => status)).toEqual([7, 7, 7, 4]);
    for (const { stderr } of results.slice(0, 3)) {
      expect(stderr).toContain('an unknown process holds');
      expect(stderr).toContain('next: fuser');
    }
    expect(await daemon.expect('doctor')).toMatch(/^weak +daemon .*does not answer/m);
    expect(existsSync(join(daemon.data, 'catalog.db'))).toBe(false);
  });

  it('is waited for when it is given up within a moment', async () => {
    await hold();
    const command = daemon.expect('store', 'list');
    setTimeout(() => holder?.kill('SIGKILL'), 1_000);
    await command;
    expect(engineStarts()).toBe(1);
  });
});

describe('what a dead daemon left', () => {
  it('is in nobody’s way: sockets are replaced, private again', async () => {
    await daemon.expect('start');
    await killBoth(daemon);
    for (const name of ['keeper.sock', 'memfsd.sock']) expect(existsSync(join(daemon.data, name))).toBe(true);
    expect((await daemon.run(['status'])).stderr).toContain('does not run');
    await daemon.expect('start');
    for (const name of ['keeper.sock', 'memfsd.sock', 'keeper.lock', 'engine.lock'])
      expect([name, statSync(join(daemon.data, name)).mode & 0o777]).toEqual([name, 0o600]);
    await daemon.expect('stop');
    for (const name of ['keeper.sock', 'memfsd.sock'])
      expect(existsSync(join(daemon.data, name))).toBe(false);
  });
});

describe('a data directory that must not be used', () => {
  it('is refused before anything is made in it, and doctor says the same', async () => {
    mkdirSync(daemon.data);
    writeFileSync(join(daemon.data, 'config.json'), '{}');
    await expectSuccess(runChild('chmod', ['0777', daemon.data]));
    const refused = await daemon.run(['store', 'list', '--json']);
    expect(refused.status).toBe(5);
    const { error } = JSON.parse(refused.stderr) as { error: { message: string } };
    expect(error.message).toContain('others can write');
    const doctor = await daemon.run(['doctor']);
    expect(doctor.stdout).toMatch(/^BAD +data /m);
    expect(doctor.stdout).toContain(error.message);
    expect(existsSync(join(daemon.data, 'memfsd.log'))).toBe(false);
    await expectSuccess(runChild('chmod', ['0700', daemon.data]));
  });

  it('is none inside a mount of memfsd', async () => {
    await daemon.expect('store', 'create', 'team');
    const mountpoint = await daemon.mount('team');
    const inside = join(mountpoint, 'data');
    const refused = await runChild(process.execPath, [executable, 'store', 'list', '--data', inside]);
    expect(refused.status).toBe(8);
    expect(refused.stderr).toContain('in a mount of memfsd');
    expect(await daemon.shell(mountpoint, 'ls')).toBe('');
  });
});

describe('a command of another version', () => {
  it('says so once, on standard error, and in the JSON of status', async () => {
    await daemon.expect('start');
    const { version } = JSON.parse(await daemon.expect('status', '--json')) as { version: string };
    expect(await daemon.expect('status')).not.toContain('note');
    // The same program as another release would be.
    const other = join(daemon.base, 'other');
    await expectSuccess(
      runChild('bash', [
        '-euc',
        `
        mkdir "$1"; cd "$2"; cp -r bin dist "$1"; ln -s "$2/node_modules" "$2/native" "$1"
        sed 's/"version": *"[^"]*"/"version": "99.0.0"/' package.json > "$1/package.json"`,
        'bash',
        other,
        fileURLToPath(new URL('../..', import.meta.url)),
      ]),
    );
    const newer = (...args: string[]) =>
      runChild(process.execPath, [join(other, 'bin/memfsd.js'), ...args, '--data', daemon.data]);
    const own = version.replace(/^[^+]*/, '99.0.0');
    expect(own).toMatch(/^99\.0\.0\+[0-9a-f]{8}$/);
    const text = `the daemon is of version ${version}, this command of version ${own}`;
    expect(await newer('store', 'list')).toEqual({
      status: 0,
      stdout: expect.not.stringContaining('99.0.0'),
      stderr: `note: ${text}\nnext: memfsd restart\n`,
    });
    expect(await newer('store', 'list', '--json')).toMatchObject({ status: 0, stderr: '' });
    expect((await newer('status')).stdout).toContain(`note   ${text}; memfsd restart`);
    expect(JSON.parse((await newer('status', '--json')).stdout)).toMatchObject({
      keeper: { version },
      engine: { version },
      version: own,
      version_note: { text, next: 'memfsd restart' },
    });
    expect((await newer('doctor')).stdout).toMatch(/^weak +version .*Cure: memfsd restart$/m);
  });
});
