import { spawn } from 'node:child_process';

/** Milliseconds. */
const limit = 1_000;

/**
 * Whether the file system that a descriptor is in has lost its server: then nobody loses anything when it is detached.
 * statfs(2) is never answered from a cache. A living server that is stopped may not answer it for long, so another
 * process asks, and is left to itself when it takes longer than a second.
 */
export function answersNotConnected(descriptor: number): Promise<boolean> {
  return new Promise((settle) => {
    const child = spawn('stat', ['-f', '/proc/self/fd/3'], {
      stdio: ['ignore', 'ignore', 'pipe', descriptor],
      env: { ...process.env, LC_ALL: 'C' },
    });
    let text = '';
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.once('error', () => settle(false));
    child.once('close', () => settle(text.includes('Transport endpoint is not connected')));
    child.unref();
    setTimeout(() => {
      child.stderr!.destroy();
      settle(false);
    }, limit).unref();
  });
}
