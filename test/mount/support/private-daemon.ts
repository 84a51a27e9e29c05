import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { type ChildOptions, type ChildResult, expectSuccess, inDirectory, runChild } from './child.js';

const executable = fileURLToPath(new URL('../../../bin/memfsd.js', import.meta.url));
const LOG_TAIL = 4_000;
const UNMOUNT_LIMIT = 15_000;

/** A private daemon: its own data directory, stores and mounts, gone without a trace after `close`. */
export class PrivateDaemon {
  readonly base = path.join(os.tmpdir(), `memfsd-test-${randomUUID().slice(0, 8)}`);
  readonly data = path.join(this.base, 'data');
  readonly #mountpoints: string[] = [];

  async prepare(): Promise<void> {
    if (!existsSync(executable)) throw new Error(`${executable} is missing: npm run build`);
    await mkdir(this.base, { mode: 0o755 });
  }

  /** Runs `memfsd ARGS` on this daemon's data. */
  run(args: readonly string[], options?: ChildOptions): Promise<ChildResult> {
    return runChild(process.execPath, [executable, ...args, '--data', this.data], options);
  }

  async expect(...args: readonly string[]): Promise<string> {
    return await this.withLog(expectSuccess(this.run(args)));
  }

  /** Mounts a store on a new private mountpoint and returns it. */
  mount(store: string, ...options: readonly string[]): Promise<string> {
    return this.mountBy((mountpoint) => ['mount', store, mountpoint, ...options]);
  }

  /** Runs a command that mounts something on a new private mountpoint, and returns that. */
  async mountBy(command: (mountpoint: string) => readonly string[]): Promise<string> {
    const mountpoint = path.join(this.base, `mount-${this.#mountpoints.length + 1}`);
    await mkdir(mountpoint);
    this.#mountpoints.push(mountpoint);
    await this.expect(...command(mountpoint));
    if (!isMounted(mountpoint)) {
      throw new Error(`memfsd mount succeeded, but ${mountpoint} is no mount\n${this.log()}`);
    }
    return mountpoint;
  }

  /** Runs a bash script in a directory of a mount. */
  shell(directory: string, script: string, options?: ChildOptions): Promise<string> {
    return this.withLog(expectSuccess(inDirectory(directory, script, options)));
  }

  /** Runs a Python program in a directory of a mount. */
  python(directory: string, program: string, options?: ChildOptions): Promise<string> {
    return this.shell(directory, 'exec python3 -', { ...options, input: program });
  }

  /** The end of every log file of the daemon. */
  log(): string {
    const logs = existsSync(this.data) ? readdirSync(this.data).filter((name) => name.endsWith('.log')) : [];
    const parts = logs.map(
      (name) => `--- ${name}\n${readFileSync(path.join(this.data, name), 'utf8').slice(-LOG_TAIL)}`,
    );
    return parts.length === 0 ? '(no log)' : parts.join('\n');
  }

  async close(): Promise<void> {
    if (!existsSync(this.base)) return;
    const problems: string[] = [];
    const attempt = async (what: string, running: () => Promise<ChildResult>): Promise<void> => {
      try {
        await expectSuccess(running());
      } catch (error) {
        problems.push(`${what}: ${(error as Error).message}`);
      }
    };
    for (const mountpoint of this.#mountpoints) {
      if (!isMounted(mountpoint)) continue;
      await attempt(`unmount ${mountpoint}`, () =>
        this.run(['unmount', mountpoint], { limit: UNMOUNT_LIMIT }),
      );
      if (isMounted(mountpoint)) await detach(mountpoint);
    }
    await attempt('stop', () => this.run(['stop'], { limit: UNMOUNT_LIMIT }));
    const left = this.#mountpoints.filter(isMounted);
    if (left.length > 0) throw new Error(`still mounted: ${left.join(', ')}\n${this.log()}`);
    const log = problems.length > 0 ? this.log() : '';
    await removeTree(this.base, this.#mountpoints);
    if (problems.length > 0) throw new Error(`${problems.join('\n')}\n${log}`);
  }

  /** A failure of `running` carries the end of the daemon's log. */
  async withLog<T>(running: Promise<T>): Promise<T> {
    try {
      return await running;
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.log()}`, { cause: error });
    }
  }
}

/** A private daemon for the tests of the surrounding `describe`. */
export function usePrivateDaemon(): PrivateDaemon {
  const daemon = new PrivateDaemon();
  beforeAll(() => daemon.prepare());
  afterAll(() => daemon.close());
  return daemon;
}

/** Asks the kernel's table, never the directory: a dead or hanging mount would not answer. */
export function isMounted(directory: string): boolean {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === directory);
}

/** The last resort: the mount disappears from the tree even when nothing answers behind it. */
async function detach(mountpoint: string): Promise<void> {
  const lazily = { limit: UNMOUNT_LIMIT };
  await runChild('umount', ['-l', mountpoint], lazily);
  if (isMounted(mountpoint)) await runChild('fusermount3', ['-uz', mountpoint], lazily);
}

/** Mountpoints go by rmdir: a recursive removal must not reach through a mount. */
async function removeTree(base: string, mountpoints: readonly string[]): Promise<void> {
  for (const mountpoint of mountpoints) await rmdir(mountpoint);
  await rm(base, { recursive: true, force: true });
}
