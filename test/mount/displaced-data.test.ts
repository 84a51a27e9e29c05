import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executable, isAlive, killEngine, statusOf, until } from './daemon-support/processes.js';
import { runChild } from './support/child.js';
import { isMounted, PrivateDaemon } from './support/private-daemon.js';

let daemon: PrivateDaemon;
let mountpoint: string;

beforeEach(async () => {
  daemon = new PrivateDaemon();
  await daemon.prepare();
  await daemon.expect('store', 'create', 'team');
  mountpoint = await daemon.mount('team');
  writeFileSync(join(mountpoint, 'a.md'), 'kept');
});
afterEach(() => daemon.close());

const contents = (): string => readFileSync(join(mountpoint, 'a.md'), 'utf8');
const log = (data: string): string => readFileSync(join(data, 'memfsd.log'), 'utf8');

describe('a data directory that is moved under its daemon', () => {
  it('ends the daemon, which says so; the next one has everything, from the new place', async () => {
    const { keeper, engine } = await statusOf(daemon);
    const moved = join(daemon.base, 'moved');
    renameSync(daemon.data, moved);
    await until('the end of both', 10_000, () => !isAlive(keeper.pid) && !isAlive(engine.pid));
    expect(isMounted(mountpoint)).toBe(false);
    expect(log(moved)).toContain('the data directory was moved, removed or exchanged');
    expect((await daemon.run(['status'])).stderr).toContain('does not run');

    renameSync(moved, daemon.data);
    await daemon.expect('start');
    expect(contents()).toBe('kept');
  });

  it('is not fought for when a copy takes its place', async () => {
    const { keeper, engine } = await statusOf(daemon);
    const copy = join(daemon.base, 'copy');
    const original = join(daemon.base, 'original');
    // A socket cannot be copied.
    cpSync(daemon.data, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') });
    renameSync(daemon.data, original);
    renameSync(copy, daemon.data);
    process.kill(engine.pid, 'SIGKILL');
    await until('the end of the keeper', 10_000, () => !isAlive(keeper.pid));
    await daemon.expect('start');
    const started = await statusOf(daemon);
    await until('a mount of the copy', 10_000, async () => {
      await daemon.run(['mount', 'team', mountpoint]);
      return isMounted(mountpoint);
    });
    expect(contents()).toBe('kept');
    expect(await statusOf(daemon)).toMatchObject({ keeper: started.keeper, engine: started.engine });
    expect(existsSync(join(original, 'catalog.db-wal'))).toBe(true);
  });
});

describe('locks and sockets that are removed under their daemon', () => {
  const remove = (...names: string[]): void => {
    for (const name of names) rmSync(join(daemon.data, name));
  };

  it('start no second one: commands say who is there, and its next engine puts them back', async () => {
    const { keeper, engine } = await statusOf(daemon);
    remove('keeper.lock', 'keeper.sock', 'memfsd.sock');
    const commands = [['start'], ['store', 'list'], ['start', '--foreground']];
    for (const { status, stderr } of await Promise.all(commands.map((words) => daemon.run(words)))) {
      expect(status).toBe(7);
      expect(stderr).toContain(`process ${keeper.pid}, whose keeper.lock was removed`);
      expect(stderr).toContain(`next: kill -KILL ${engine.pid}`);
    }
    expect(await daemon.expect('doctor')).toMatch(/^weak +daemon .*keeper\.lock was removed/m);
    expect(contents()).toBe('kept');

    process.kill(engine.pid, 'SIGKILL');
    await until('the daemon’s answer', 10_000, async () => (await daemon.run(['status'])).status === 0);
    expect(await statusOf(daemon)).toMatchObject({ keeper, engine: { restarts: 1 } });
    expect(contents()).toBe('kept');
    await killEngine(daemon);
  });

  it('start no second one when the lock of the engine is gone, too', async () => {
    const { keeper, engine } = await statusOf(daemon);
    remove('keeper.lock', 'keeper.sock', 'memfsd.sock', 'engine.lock');
    const { status, stderr } = await runChild(process.execPath, [executable, 'start', '--data', daemon.data]);
    expect([status, stderr]).toEqual([4, expect.stringContaining(`process ${engine.pid}`)]);
    expect([isAlive(keeper.pid), isAlive(engine.pid), contents()]).toEqual([true, true, 'kept']);
    process.kill(engine.pid, 'SIGKILL');
    await until('the daemon’s answer', 10_000, async () => (await daemon.run(['status'])).status === 0);
    expect((await statusOf(daemon)).keeper).toEqual(keeper);
  });
});
