/** The data directory as a process of the daemon has it: open, so that no other that lies at its path is taken for it. */
import { constants, fstatSync, openSync, statSync } from 'node:fs';

export class HeldDirectory {
  readonly path: string;
  readonly #descriptor: number;

  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  }

  /** False: it was moved or removed, or another one was put or mounted in its place. */
  isInPlace(): boolean {
    return leadsTo(this.path, this.#descriptor);
  }
}

/** Whether a path leads to what a descriptor names; also where that cannot be seen now. */
export function leadsTo(path: string, descriptor: number): boolean {
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  try {
    const there = statSync(path, { bigint: true, throwIfNoEntry: false });
    return there?.dev === dev && there.ino === ino;
  } catch {
    return true;
  }
}
