import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * Runs a command to its end and resolves with its status and output. A process stuck in an unanswered file
 * system request does not die of SIGKILL, so past the limit the promise settles without waiting for it.
 */
export function run(command, args, { limit = 60_000, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (data) => {
      output.stdout += data;
    });
    child.stderr.on('data', (data) => {
      output.stderr += data;
    });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      reject(new Error(`${command} ${args.join(' ')}: no answer within ${limit / 1000} s`));
    }, limit);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status: status ?? signal, ...output });
    });
  });
}

/** Like `run`, and rejects with what the command said when it failed. */
export async function check(command, args, options) {
  const result = await run(command, args, options);
  if (result.status !== 0) {
    throw new Error(
      `${command} ${args.join(' ')} (${result.status}): ${result.stderr.trim() || result.stdout.trim()}`,
    );
  }
  return result.stdout;
}

/** A child that answers each line on its standard input with one line of JSON. */
export class LineClient {
  #child;
  #lines;
  #stderr = '';

  constructor(command, args) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (data) => {
      this.#stderr += data;
    });
  }

  async ask(request, limit) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${limit / 1000} s`)), limit);
    });
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    try {
      const { value, done } = await Promise.race([this.#lines.next(), late]);
      if (done) throw new Error(this.#stderr.trim().split('\n').at(-1) || 'the client ended');
      return JSON.parse(value);
    } finally {
      clearTimeout(timer);
    }
  }

  close() {
    this.#child.kill('SIGKILL');
  }
}
