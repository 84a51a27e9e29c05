import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const support = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Why mount tests cannot run here, or null. */
export function obstacle(): string | null {
  if (!existsSync('/dev/fuse')) return '/dev/fuse is not there';
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync(support('../../../dist/fuse/session.js'))) return 'not built: npm run build';
  return null;
}

/** Runs a shell script in a child process with a time limit; the result is its output. Rejects on failure. */
export function shell(script: string, limit = 10_000): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('bash', ['-ec', script], { timeout: limit, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${script}\n${stderr}${stdout}`, { cause: error }));
    });
  });
}

/**
 * A server process on a private mountpoint. Only child processes look below it, so that a hanging mount
 * hangs none of ours.
 */
export class Served {
  readonly directory = mkdtempSync(join(tmpdir(), 'memfsd-fuse-'));
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #errors = '';
  #waiting: (() => void)[] = [];

  constructor(script: string, args: (directory: string) => string[]) {
    const child = spawn(process.execPath, [support(script), ...args(this.directory)], { stdio: 'pipe' });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.lines.push(line);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    this.#closed = new Promise((resolve) => child.on('close', () => resolve()));
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Warnings and errors that the server logged. */
  get errors(): string {
    return this.#errors;
  }

  /** The next line that starts with `word`, from line number `from` on. */
  async line(word: string, from = 0, limit = 20_000): Promise<string> {
    const end = Date.now() + limit;
    while (Date.now() < end) {
      const found = this.lines.slice(from).find((line) => line.startsWith(word));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        setTimeout(resolve, 200);
      });
    }
    throw new Error(`no line "${word}"; errors: ${this.#errors}`);
  }

  write(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  async tell(command: string): Promise<string> {
    const from = this.lines.length;
    this.write(command);
    return this.line('done', from);
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  /** Unmounts, at worst lazily; kills the server if it stays. */
  async stop(): Promise<void> {
    try {
      execFileSync('umount', [this.directory], { timeout: 5_000, stdio: 'ignore' });
    } catch {
      try {
        execFileSync('umount', ['-l', this.directory], { timeout: 5_000, stdio: 'ignore' });
      } catch {
        // Not mounted any more.
      }
    }
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3_000);
    await this.#closed;
    clearTimeout(timer);
    rmdirSync(this.directory);
  }
}
