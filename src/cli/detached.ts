/** Runs another command of memfsd that outlives this one. */
import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from './context.js';
import { findDataDirectory } from './daemon.js';

/** What it complains about goes to `hook.log` in the data directory. Returns its process id. */
export function runDetached({ around, data }: Context, args: readonly string[]): number | undefined {
  const log = openLog(data);
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

/** Null: there is none yet, or none that may be written to; then the other command has nowhere to complain. */
function openLog(data: string): number | null {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  try {
    if (findDataDirectory(data) === null) return null;
    return openSync(join(data, 'hook.log'), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
  } catch {
    return null;
  }
}
