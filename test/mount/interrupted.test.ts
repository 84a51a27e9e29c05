import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const executable = fileURLToPath(new URL('../../bin/memfsd.js', import.meta.url));

describeMount('a command that a signal ends', () => {
  const daemon = usePrivateDaemon();
  let temporary: string;
  let file: string;
  beforeAll(async () => {
    temporary = path.join(daemon.base, 'tmp');
    const source = path.join(daemon.base, 'source');
    file = path.join(daemon.base, 'store.db');
    mkdirSync(temporary);
    mkdirSync(source);
    for (let i = 0; i < 20; i++) writeFileSync(path.join(source, `${i}.bin`), randomBytes(2_000_000));
    await daemon.expect('store', 'create', 'notes');
    await daemon.expect('store', 'import', 'notes', source);
    await daemon.expect('store', 'snapshot', 'notes', file);
  });

  /** Its exit status, when the signal came as soon as `isUnderWay`. */
  async function ended(args: string[], signal: NodeJS.Signals, isUnderWay: () => boolean): Promise<unknown> {
    const child = spawn(process.execPath, [executable, ...args, '--data', daemon.data], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: 'ignore',
    });
    const end = once(child, 'exit');
    while (!isUnderWay()) {
      expect(child.exitCode).toBe(null);
      await delay(1);
    }
    child.kill(signal);
    const [status] = await end;
    return status;
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s leaves no draft', async (signal) => {
    const status = 128 + constants.signals[signal];
    const hasDraft = (): boolean => readdirSync(temporary).length > 0;
    expect(await ended(['store', 'salvage', file, '--check'], signal, hasDraft)).toBe(status);
    expect(readdirSync(temporary)).toEqual([]);
    for (const command of [
      ['store', 'snapshot', 'notes'],
      ['store', 'export', 'notes', '--history'],
    ]) {
      const out = path.join(daemon.base, `${command[1]}-${signal}`);
      expect(await ended([...command, out], signal, () => existsSync(out))).toBe(status);
      expect(existsSync(out)).toBe(false);
    }
  });
});
