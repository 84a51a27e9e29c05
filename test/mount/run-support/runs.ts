/** `memfsd run` for tests: in a directory for work, with the data directory in the environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { executable, until } from '../daemon-support/processes.js';
import { type ChildOptions, type ChildResult, runChild } from '../support/child.js';
import { type PrivateDaemon, usePrivateDaemon } from '../support/private-daemon.js';

const beginLimit = 60_000;

export interface StartedRun {
  /** Of `memfsd run`, which leads a group of processes of its own. */
  readonly pid: number;
  readonly input: Writable;
  /** What was written so far. */
  readonly output: () => string;
  /** Its exit status, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export class Runs {
  readonly daemon: PrivateDaemon;

  constructor(daemon: PrivateDaemon) {
    this.daemon = daemon;
  }

  readonly #started = new Set<ChildProcess>();

  /** The working directory; beside the data directory, so it may be seen from behind a wall. */
  get work(): string {
    return path.join(this.daemon.base, 'work');
  }

  /** Where the tests' runs put what they make for themselves. */
  get temporary(): string {
    return path.join(this.daemon.base, 'temporary');
  }

  get environment(): NodeJS.ProcessEnv {
    const { MEMFSD_SESSION: _, MEMFSD_AGENT: __, ...rest } = process.env;
    return { ...rest, MEMFSD_HOME: this.daemon.data, TMPDIR: this.temporary };
  }

  /** The command itself, for scripts. */
  readonly memfsd: readonly string[] = [process.execPath, executable];

  run(args: readonly string[], options: ChildOptions = {}): Promise<ChildResult> {
    return this.inWork('exec "$@"', [...this.memfsd, 'run', ...args], options);
  }

  /** Runs a bash script in the working directory; `words` are its `$@`. */
  inWork(script: string, words: readonly string[], options: ChildOptions = {}): Promise<ChildResult> {
    const args = ['-c', `cd -- "$1" && shift\n${script}`, 'bash', this.work, ...words];
    return runChild('bash', args, { ...options, env: options.env ?? this.environment });
  }

  start(args: readonly string[]): StartedRun {
    const words = [
      '-c',
      'cd -- "$1" && shift && exec "$@"',
      'bash',
      this.work,
      ...this.memfsd,
      'run',
      ...args,
    ];
    const child = spawn('bash', words, {
      env: this.environment,
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
    child.stdin.on('error', () => {});
    this.#started.add(child);
    const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
    return { pid: child.pid!, input: child.stdin, output: () => output, ended };
  }

  /** Resolves when the command has written something. */
  async begin(args: readonly string[]): Promise<StartedRun> {
    const run = this.start(args);
    await until('the command begins', beginLimit, () => run.output() !== '');
    return run;
  }

  /** A test that failed leaves nobody behind. */
  end(): void {
    for (const { pid, exitCode, signalCode } of this.#started)
      if (exitCode === null && signalCode === null) process.kill(-pid!, 'SIGKILL');
    this.#started.clear();
  }

  /** Everything that a run makes is gone: mounts, and directories. `others`: what else is mounted. */
  expectNothingLeft(others: readonly string[] = []): void {
    expect(this.mounted()).toEqual(others);
    expect(readdirSync(this.temporary)).toEqual([]);
  }

  /** Mountpoints below the directory of the test, as mountinfo(5) writes them. */
  mounted(): string[] {
    return readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((mountpoint) => mountpoint.startsWith(`${this.daemon.base}/`));
  }
}

/** With the stores `notes` and `team notes`. */
export function useRuns(): Runs {
  const runs = new Runs(usePrivateDaemon());
  beforeAll(async () => {
    mkdirSync(runs.work);
    mkdirSync(runs.temporary);
    for (const store of ['notes', 'team notes']) await runs.daemon.expect('store', 'create', store);
  });
  afterEach(() => runs.end());
  afterAll(() => runs.expectNothingLeft());
  return runs;
}
