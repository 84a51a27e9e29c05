/** Files that somebody else has made: opened as what they should be, and read no further than they can hold anything. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, writeSync } from 'node:fs';
import { MemfsError } from '../core/errors.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

const noRegular = (path: string, cause?: unknown): MemfsError =>
  new MemfsError('invalid', `${path} is no regular file`, {
    hint: 'a pipe, a device, a socket or a link is not read; copy its content to a file',
    ...(cause === undefined ? {} : { cause }),
  });

/** For reading. Never waits. Throws `invalid` for what is there and no regular file, or a symbolic link. */
export function openRegular(path: string): number {
  let descriptor: number;
  try {
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ELOOP' || code === 'ENXIO' ? noRegular(path, error) : error;
  }
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw noRegular(path);
}

/** Throws `invalid` when one of them is there and no regular file. */
export function requireRegular(paths: readonly string[]): void {
  for (const path of paths)
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) throw noRegular(path);
}

const leastBytes = 1 << 26;
/** More than a file system makes of what it compresses. */
export const mostHoles = 64;

/** The size of a file, or less for one that is nearly all holes: reading those would take for ever. */
export function bytesWorthReading(descriptor: number): number {
  const { size, blocks } = fstatSync(descriptor);
  return Math.min(size, Math.max(leastBytes, blocks * 512 * mostHoles));
}

const chunkBytes = 1 << 20;

/** Copies it as far as it is worth reading. `target` must not exist. */
export function copyRegular(source: string, target: string): void {
  const from = openRegular(source);
  try {
    const to = openSync(target, 'wx', 0o600);
    try {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      for (let left = bytesWorthReading(from); left > 0; ) {
        const read = readSync(from, chunk, 0, Math.min(left, chunkBytes), null);
        if (read === 0) return;
        for (let done = 0; done < read; ) done += writeSync(to, chunk, done, read - done);
        left -= read;
      }
    } finally {
      closeSync(to);
    }
  } finally {
    closeSync(from);
  }
}
