import { spawn } from 'node:child_process';

export interface ChildResult {
  /** Exit status, or the name of the signal that ended it. */
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ChildOptions {
  /** Milliseconds. */
  readonly limit?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

const DEFAULT_LIMIT = 60_000;

/**
 * Runs a command in a process group of its own and resolves when it ended; rejects past the limit, having
 * killed the group. A process in an unanswered file system request does not die, so nobody waits for it.
 *
 * There is no working directory option on purpose: libuv's spawn waits for the child's chdir, which on a
 * mount that does not answer would stop the test process itself. `inDirectory` lets the child change there.
 */
export function runChild(
  command: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<ChildResult> {
  const limit = options.limit ?? DEFAULT_LIMIT;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      detached: true,
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    const timer = setTimeout(() => {
      killGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      const said = `${stdout}${stderr}`.trim();
      reject(new Error(`no end within ${limit / 1000} s: ${command} ${args.join(' ')}\n${said}`));
    }, limit);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ status: code ?? signal ?? 'unknown', stdout, stderr });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
  });
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Runs a bash script inside a directory; `set -e`, so that a failing line fails the script. */
export function inDirectory(
  directory: string,
  script: string,
  options: ChildOptions = {},
): Promise<ChildResult> {
  return runChild('bash', ['-c', `cd -- "$1" && set -euo pipefail\n${script}`, 'bash', directory], options);
}

/** Like `runChild`, and throws with what the command said when it failed. */
export async function expectSuccess(running: Promise<ChildResult>): Promise<string> {
  const result = await running;
  if (result.status !== 0) {
    throw new Error(`ended with ${result.status}\n${result.stdout}${result.stderr}`);
  }
  return result.stdout;
}
