import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, killBoth, killEngine, statusOf, until } from './daemon-support/processes.js';
import { PrivateDaemon } from './support/private-daemon.js';

let daemon: PrivateDaemon;

beforeEach(async () => {
  daemon = new PrivateDaemon();
  await daemon.prepare();
});
afterEach(() => daemon.close());

const modeOf = (name: string): number => statSync(join(daemon.data, name)).mode & 0o777;

describe('a daemon', () => {
  it('is started by the first command that needs it, and keeps its data to itself', async () => {
    await daemon.expect('store', 'create', 'team');
    expect(modeOf('.')).toBe(0o700);
    for (const name of ['memfsd.sock', 'memfsd.log', 'catalog.db'])
      expect([name, modeOf(name)]).toEqual([name, 0o600]);
    const { stores, engine, keeper } = await statusOf(daemon);
    expect(stores.map(({ name }) => name)).toEqual(['team']);
    expect(engine).toMatchObject({ restarts: 0, epoch: 1 });
    expect(isAlive(keeper.pid) && isAlive(engine.pid)).toBe(true);
  });

  it('refuses a second one on the same data', async () => {
    await daemon.expect('start');
    const { keeper } = await statusOf(daemon);
    const second = await daemon.run(['start', '--foreground'], { limit: 10_000 });
    expect(second.status).toBe(4);
    expect(second.stderr).toContain(`(process ${keeper.pid}) already runs`);
    expect((await statusOf(daemon)).keeper.pid).toBe(keeper.pid);
  });

  it('ends on stop, keeper and engine', async () => {
    await daemon.expect('start');
    const { keeper, engine } = await statusOf(daemon);
    await daemon.expect('stop');
    await until('the end of both', 20_000, () => !isAlive(keeper.pid) && !isAlive(engine.pid));
    const after = await daemon.run(['status']);
    expect(after.status).toBe(7);
    expect(after.stderr).toContain('memfsd start');
  });

  it('ends on SIGTERM with nothing lost', async () => {
    await daemon.expect('store', 'create', 'team');
    expect((await daemon.run(['write', 'team', 'a'], { input: 'kept' })).status).toBe(0);
    const { keeper, engine } = await statusOf(daemon);
    process.kill(keeper.pid, 'SIGTERM');
    await until('the end of both', 20_000, () => !isAlive(keeper.pid) && !isAlive(engine.pid));
    expect(await daemon.expect('show', 'team', 'a')).toBe('kept');
  });
});

describe('a killed engine', () => {
  it('is replaced, with the same keeper', async () => {
    await daemon.expect('start');
    const before = await statusOf(daemon);
    await killEngine(daemon);
    const after = await statusOf(daemon);
    expect(after.keeper.pid).toBe(before.keeper.pid);
    expect(after.engine).toMatchObject({ restarts: 1, epoch: before.engine.epoch + 1 });
  });

  it('is replaced also when it hangs', async () => {
    mkdirSync(daemon.data, { mode: 0o700 });
    writeFileSync(join(daemon.data, 'config.json'), '{"heartbeat_limit_ms": 4000}');
    await daemon.expect('start');
    const { engine } = await statusOf(daemon);
    process.kill(engine.pid, 'SIGSTOP');
    await until('its end', 20_000, () => !isAlive(engine.pid));
    expect((await statusOf(daemon)).engine.restarts).toBe(1);
    expect(daemon.log()).toContain('silent for 4000 ms');
  });
});

describe('a killed keeper', () => {
  it('takes its engine along', async () => {
    await daemon.expect('start');
    const { keeper, engine } = await statusOf(daemon);
    process.kill(keeper.pid, 'SIGKILL');
    await until('the end of the engine', 20_000, () => !isAlive(engine.pid));
  });

  it('leaves nothing that keeps the next daemon from starting', async () => {
    await daemon.expect('start');
    await killBoth(daemon);
    await daemon.expect('start');
    expect((await statusOf(daemon)).engine.restarts).toBe(0);
  });
});

describe('a daemon that cannot start', () => {
  beforeEach(() => mkdirSync(daemon.data, { mode: 0o700 }));

  it('says which key of config.json is unknown', async () => {
    writeFileSync(join(daemon.data, 'config.json'), '{"max_files": 1}');
    const { status, stderr } = await daemon.run(['start']);
    expect(status).toBe(6);
    expect(stderr).toContain('unknown key "max_files"');
  });

  it('shows the end of its log', async () => {
    writeFileSync(join(daemon.data, 'catalog.db'), 'no database at all '.repeat(100));
    const { status, stderr } = await daemon.run(['start', '--json']);
    expect(status).toBe(6);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'corrupt', message: expect.stringContaining('file is not a database') },
    });
  });
});
