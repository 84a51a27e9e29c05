/** A file of the user's that must not exist before: it is whole in the end, or not there, also after a signal. */
import { closeSync, createReadStream, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { asMemfsError, MemfsError, mayPass } from '../core/errors.js';
import type { Surroundings } from './context.js';
import { clearWhenInterrupted } from './interrupt.js';

export class NewFile {
  readonly #path: string;
  #descriptor: number | undefined;
  readonly #release: () => void;

  /** Made at once, 0600. Throws `already_exists`. */
  constructor(around: Surroundings, name: string) {
    this.#path = resolve(around.cwd, name);
    this.#release = clearWhenInterrupted(around, () => this.#clear());
    try {
      this.#descriptor = openSync(this.#path, 'wx', 0o600);
    } catch (error) {
      this.#release();
      throw unusable(this.#path, error);
    }
  }

  #clear(): void {
    if (this.#descriptor !== undefined) rmSync(this.#path, { force: true });
  }

  /** Writes what `make` gives, safely to the disk; whatever fails, the file goes. Returns the bytes. */
  async fill(
    make: () => Promise<AsyncIterable<Uint8Array>>,
    written: (bytes: number) => void,
  ): Promise<number> {
    const descriptor = this.#descriptor!;
    let bytes = 0;
    try {
      for await (const chunk of await make()) {
        for (let done = 0; done < chunk.length; ) done += writeSync(descriptor, chunk, done);
        bytes += chunk.length;
        written(bytes);
      }
      fsyncSync(descriptor);
      return bytes;
    } catch (error) {
      this.#clear();
      throw error;
    } finally {
      this.#release();
      closeSync(descriptor);
    }
  }
}

/** The bytes of a file of the user's. */
export async function* readFileOf(
  cwd: string,
  name: string,
  read: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const path = resolve(cwd, name);
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      read(bytes);
      yield chunk;
    }
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): MemfsError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST')
    return new MemfsError('already_exists', `${path} exists`, { hint: 'choose another name', cause: error });
  if (code === 'ENOENT') return new MemfsError('not_found', `there is no ${path}`, { cause: error });
  const known = asMemfsError(error);
  const what = mayPass(known) ? known.code : 'access_denied';
  return new MemfsError(what, `${path} cannot be used: ${message}`, { cause: error });
}
