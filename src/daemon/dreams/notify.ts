/** Tells a person, with a command of theirs, that a dream waits for review. */
import { spawn } from 'node:child_process';
import type { Logger } from 'pino';

const limitMs = 60_000;

export interface Waiting {
  readonly dream: string;
  /** Name of the store. */
  readonly store: string;
  readonly edits: number;
}

/** Returns at once. The command's output goes nowhere; that it failed is noted in the log. */
export function notify(command: string, { dream, store, edits }: Waiting, log: Logger): void {
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: '/',
    env: { ...process.env, MEMFSD_DREAM: dream, MEMFSD_STORE: store, MEMFSD_EDITS: String(edits) },
    stdio: 'ignore',
    timeout: limitMs,
  });
  child.on('error', (error) => log.warn({ dream, error: error.message }, 'notify cannot be started'));
  child.on('exit', (code, signal) => {
    if (code !== 0) log.warn({ dream, code, signal }, 'notify failed');
  });
  child.unref();
}
