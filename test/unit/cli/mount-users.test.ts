import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mountUsers } from '../../../src/cli/mount-users.js';

it('those who use a directory stand below it or have something open there', async () => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'memfsd-users-')));
  const stands = spawn('sleep', ['1000'], { cwd: directory, stdio: 'ignore' });
  const file = openSync(join(directory, 'open'), 'w');
  const opened = spawn('sleep', ['1000'], { stdio: ['ignore', file, 'ignore'] });
  try {
    await Promise.all([once(stands, 'spawn'), once(opened, 'spawn')]);
    const users = mountUsers([directory, `${directory}-other`]);
    const pids = [stands.pid!, opened.pid!].sort((a, b) => a - b);
    expect([...users.keys()]).toEqual([directory]);
    expect(
      users
        .get(directory)!
        .map(({ pid }) => pid)
        .sort((a, b) => a - b),
    ).toEqual(pids);
  } finally {
    stands.kill('SIGKILL');
    opened.kill('SIGKILL');
    rmSync(directory, { recursive: true });
  }
});
