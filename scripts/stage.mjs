/**
 * Where a story is played: a temporary directory with a daemon of its own, gone at the end, also after Ctrl-C and after a
 * failure. Where an ordinary user has no fusermount3, it is in a user namespace (unshare -rm).
 * Exit codes: 0 played, 1 something else failed, 8 nothing can be mounted here, 130 interrupted.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const program = fileURLToPath(new URL('../bin/memfsd.js', import.meta.url));
const unsupported = 8;
const interrupted = 130;
const commandLimit = 30_000;

/** What ends the story early; the message is for the reader. */
class Ending extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Thrown when the story is to be played again, in a user namespace. */
class TryNamespace extends Error {}

export const say = (text = '') => process.stdout.write(`${text}\n`);

const canUnshare = () => spawnSync('unshare', ['-rm', 'true'], { stdio: 'ignore' }).status === 0;

const nothing = (detail, cure) =>
  new Ending(
    unsupported,
    `memfsd is installed, but nothing can be mounted here: ${detail}.${cure ? ` Cure: ${cure}.` : ''}`,
  );

export class Stage {
  isInNamespace = process.argv.includes('--in-namespace');
  #wasInterrupted = false;

  /** `name`: of the story. */
  constructor(name) {
    this.base = mkdtempSync(join(realpathSync(tmpdir()), `memfsd-${name}-`));
    this.environment = {
      ...process.env,
      LC_ALL: 'C',
      MEMFSD_HOME: join(this.base, 'data'),
      PATH: `${join(this.base, 'bin')}${delimiter}${process.env.PATH ?? ''}`,
    };
    delete this.environment.MEMFSD_AGENT;
    delete this.environment.MEMFSD_SESSION;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.on(signal, () => {
        this.#wasInterrupted = true;
      });
    // The reader may go away (`| head`): then there is nobody to tell the rest to.
    process.stdout.on('error', () => {
      this.#wasInterrupted = true;
    });
  }

  get wasInterrupted() {
    return this.#wasInterrupted;
  }

  /**
   * Runs a shell command in a directory. It has a process group of its own, so that Ctrl-C does not cut a command
   * in two: the one under way ends, then the story does. The shell changes the directory, not this process's
   * spawn, which would wait here if a mount did not answer.
   */
  run(directory, command) {
    return new Promise((resolve, reject) => {
      const child = spawn('sh', ['-c', 'cd -- "$1" && eval "$2"', 'sh', directory, command], {
        detached: true,
        env: this.environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [stdout, stderr] = [[], []];
      child.stdout.on('data', (data) => stdout.push(data));
      child.stderr.on('data', (data) => stderr.push(data));
      const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), commandLimit);
      child.on('error', reject);
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        const text = (chunks) => Buffer.concat(chunks).toString();
        resolve({ code: code ?? signal, stdout: text(stdout), stderr: text(stderr) });
      });
    });
  }

  /** Shows a command and what it prints. `who` stands before the dollar sign. */
  async show(who, directory, command) {
    this.#endIfInterrupted();
    const result = await this.run(directory, command);
    if (result.code === 0) print(who, command, result);
    this.#endIfInterrupted();
    return result;
  }

  /** `isExpected`: of the exit code. */
  async must(who, directory, command, isExpected = (code) => code === 0) {
    this.#endIfInterrupted();
    const result = await this.run(directory, command);
    print(who, command, result);
    if (!isExpected(result.code))
      throw new Ending(1, `this was not to be expected: exit code ${result.code}`);
    this.#endIfInterrupted();
    return result.stdout;
  }

  /** Without a word, unless it fails. */
  async quietly(command) {
    this.#endIfInterrupted();
    const result = await this.run(this.base, command);
    if (result.code !== 0) {
      print('', command, result);
      throw new Ending(1, `this was not to be expected: exit code ${result.code}`);
    }
    return result.stdout;
  }

  /** A `memfsd mount …` whose failure may mean that this user cannot mount. */
  async mount(command) {
    const { code, stderr } = await this.show('', this.base, command);
    if (code === 0) return;
    const line = (label) => new RegExp(`^${label}: (.*)$`, 'm').exec(stderr)?.[1];
    throw this.#cannotMount(line('memfsd') ?? stderr.trim(), line('next'));
  }

  /** Plays `play`, cleans up, sets the exit code; `end` is for after a story that went well. `script`: its URL. */
  async perform(script, play, end) {
    let outcome = 1;
    try {
      outcome = await this.#outcomeOf(play);
    } finally {
      await this.#cleanUp();
    }
    if (outcome === 'namespace') outcome = this.#wasInterrupted ? interrupted : await playInNamespace(script);
    else if (outcome === 0) end();
    process.exitCode = outcome;
  }

  async #outcomeOf(play) {
    try {
      this.#setUp();
      await this.#checkMachine();
      await play();
      return 0;
    } catch (thrown) {
      if (thrown instanceof TryNamespace) return 'namespace';
      if (!(thrown instanceof Ending)) throw thrown;
      process.stderr.write(`\n${thrown.message}\n`);
      return thrown.code;
    }
  }

  #endIfInterrupted() {
    if (this.#wasInterrupted) throw new Ending(interrupted, 'interrupted');
  }

  #setUp() {
    mkdirSync(join(this.base, 'bin'));
    const command = join(this.base, 'bin', 'memfsd');
    writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    chmodSync(command, 0o755);
  }

  /** What this user may not do as itself, it often may as the root of a user namespace. */
  #cannotMount(detail, cure) {
    return !this.isInNamespace && canUnshare() ? new TryNamespace() : nothing(detail, cure);
  }

  async #checkMachine() {
    if (process.platform !== 'linux') throw nothing(`this is ${process.platform}`, 'use Linux');
    const { code, stdout, stderr } = await this.run(this.base, 'memfsd doctor --json');
    if (code !== 0 && code !== unsupported) throw new Ending(1, `memfsd doctor failed: ${stderr.trim()}`);
    for (const { name, state, detail, cure } of JSON.parse(stdout).checks) {
      if (state !== 'bad') continue;
      if (name === 'mounting') throw this.#cannotMount(detail, cure);
      throw nothing(name === '/dev/fuse' ? `${name} ${detail}` : detail.replace(/^memfsd: /, ''), cure);
    }
  }

  /** Ends the daemon, which unmounts; removes the directory only when nothing is mounted in it any more. */
  async #cleanUp() {
    if (existsSync(this.environment.MEMFSD_HOME)) {
      const { code, stderr } = await this.run(this.base, 'memfsd stop');
      if (code !== 0) process.stderr.write(stderr);
    }
    if (this.#hasMounts()) {
      process.stderr.write(`Something is still mounted below ${this.base}; it is left there.\n`);
      return;
    }
    rmSync(this.base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  #hasMounts() {
    return readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .some((line) => line.split(' ')[4]?.startsWith(`${this.base}/`));
  }
}

function print(who, command, { stdout, stderr }) {
  say(`${who}$ ${command}`);
  process.stdout.write(stdout + stderr);
}

/** The same story where this user is root of its own mounts. Its code, signal or not, is the answer. */
function playInNamespace(script) {
  return new Promise((resolve, reject) => {
    const args = ['-rm', process.execPath, fileURLToPath(script), '--in-namespace'];
    const child = spawn('unshare', args, { stdio: 'inherit' });
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
