/** Runs another command of memfsd that outlives this one. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from './context.js';

/** What it complains about goes to `hook.log` in the data directory. Returns its process id. */
export function runDetached({ around, data }: Context, args: readonly string[]): number | undefined {
  const log = existsSync(data) ? openSync(join(data, 'hook.log'), 'a', 0o600) : null;
  try {
    const child = spawn(process.execPath, [process.argv[1]!, ...args, '--data', data], {
      cwd: around.cwd,
      env: around.environment,
      detached: true,
      stdio: ['ignore', 'ignore', log ?? 'ignore'],
    });
    child.unref();
    return child.pid;
  } finally {
    if (log !== null) closeSync(log);
  }
}
