/** COMMAND as a process: begun by the starter when it is told to, signalled, and waited for. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Duplex, Readable } from 'node:stream';
import { MemfsError } from '../../core/errors.js';

export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** It stays as the first process of the wall, so its standard error is not COMMAND's. */
  readonly wall: boolean;
  /** COMMAND has no terminal, and is in another group of processes. */
  readonly newSession: boolean;
}

/** More of what bubblewrap says is of no use to anybody. */
const keptComplaint = 4096;

export class CommandProcess {
  readonly #child: ChildProcess;
  readonly #control: Duplex;
  readonly #wall: boolean;
  /** Its exit status, 128 + n after a signal. */
  readonly ended: Promise<number>;
  #said = '';
  #complaint = '';

  constructor({ program, args, environment, wall }: Launch) {
    const stdio: StdioOptions = wall
      ? ['inherit', 'inherit', 'pipe', 'pipe', 2]
      : ['inherit', 'inherit', 'inherit', 'pipe'];
    this.#child = spawn(program, args, { env: environment, stdio });
    this.#wall = wall;
    this.#control = this.#child.stdio[3] as Duplex;
    this.#control.on('error', () => {});
    this.#control.on('data', (bytes: Buffer) => {
      this.#said += bytes.toString('latin1');
    });
    (this.#child.stderr as Readable | null)?.on('data', (bytes: Buffer) => {
      this.#complaint = (this.#complaint + bytes.toString()).slice(0, keptComplaint);
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) =>
        resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]),
      );
    });
    // Whoever waits hears of it.
    this.ended.catch(() => {});
  }

  /** Rejects when the starter itself cannot be executed. */
  async pid(): Promise<number> {
    if (this.#child.pid === undefined) await this.ended;
    return this.#child.pid!;
  }

  /**
   * Lets COMMAND begin. Resolves to null, also when it ended at once; else to the name of the errno that kept it from
   * being executed. Rejects with `unsupported` when the wall could not be built.
   */
  async begin(): Promise<string | null> {
    this.#control.write('G');
    const answer = this.#answer();
    const word = await Promise.race([answer, this.ended.then(() => answer)]);
    const [, step, errno] = /^failed (\S+) (\d+)$/.exec(word) ?? [];
    if (step === undefined) {
      if (this.#wall && word !== 'begun') throw this.#brokenWall((await this.#complained()) || word);
      return null;
    }
    const code = errorName(Number(errno));
    if (step === 'execute') return code;
    throw this.#brokenWall(`${step}: ${code}`);
  }

  /** The first line, or nothing when the socket ends before: COMMAND has taken the starter's place, or it died. */
  #answer(): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        const end = this.#said.indexOf('\n');
        if (end >= 0) resolve(this.#said.slice(0, end));
      };
      this.#control.on('data', look);
      // All that was said has arrived then.
      this.#control.once('close', () => resolve(''));
      look();
    });
  }

  /** What bubblewrap says comes by another pipe than its end. */
  async #complained(): Promise<string> {
    const { stderr } = this.#child;
    if (stderr !== null && !stderr.closed)
      await new Promise<void>((resolve) => {
        stderr.once('close', resolve);
        this.#child.once('close', () => resolve());
      });
    return this.#complaint.trim();
  }

  #brokenWall(reason: string): MemfsError {
    return new MemfsError('unsupported', `the wall around COMMAND cannot be built here: ${reason}`, {
      hint: 'memfsd doctor; in a container, user namespaces must be allowed',
    });
  }

  /** To COMMAND, if it is still there. */
  signal(signal: NodeJS.Signals): void {
    if (!this.#wall) this.#child.kill(signal);
    else if (this.#control.writable) this.#control.write(Buffer.of(constants.signals[signal]));
  }

  /** Nothing of it keeps this process from ending; if COMMAND has not begun, it never will. */
  release(): void {
    this.#control.destroy();
    this.#child.stderr?.destroy();
  }
}

const errorName = (errno: number): string =>
  Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
