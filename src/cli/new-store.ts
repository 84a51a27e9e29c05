/** The file of a store that is being made: whole in the end under its own name, or not there. */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { MemfsError } from '../core/errors.js';

export class NewStoreFile {
  readonly path: string;
  /** Where it is made. */
  readonly draft: string;

  /** Throws `already_exists`. */
  constructor(cwd: string, name: string) {
    this.path = resolve(cwd, name);
    this.draft = `${this.path}.${randomBytes(4).toString('hex')}.part`;
    if (existsSync(this.path)) throw this.#taken();
  }

  /** Gives it its name. */
  keep(): void {
    try {
      linkSync(this.draft, this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw this.#taken();
      throw error;
    }
  }

  /** What is left of making it goes. */
  clear(): void {
    const spool = `${this.draft.replace(/\.db$/, '')}.spool`;
    for (const file of [this.draft, ...['-wal', '-shm', '-journal'].map((end) => this.draft + end), spool])
      rmSync(file, { force: true });
  }

  #taken(): MemfsError {
    return new MemfsError('already_exists', `${this.path} exists`, { hint: 'choose another name' });
  }
}
