/** The environment that a program began with. */
import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';

/** Larger ones are read up to here, in bytes. */
export const environmentLimit = 1024 * 1024;

/**
 * Reads `/proc/PID/environ` and returns its size; null when it may not be read. It takes the lock of the process's
 * memory, for which it may have to wait: see `EnvironmentThread`.
 */
export function readEnvironment(pid: number, into: Uint8Array): number | null {
  try {
    const descriptor = openSync(`/proc/${pid}/environ`, 'r');
    try {
      let size = 0;
      for (let read = -1; read !== 0; size += read)
        read = readSync(descriptor, into, size, into.length - size, null);
      return size;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
}

/**
 * Whether it looks as `execve` leaves it: strings `NAME=…`, each with an end. Programs that change their title write over
 * it, and then what it says is not what they began with.
 */
export function isWellFormed(environment: Buffer): boolean {
  for (let start = 0; start < environment.length; ) {
    const end = environment.indexOf(0, start);
    if (end < 0) return false;
    const name = environment.indexOf('=', start);
    if (name <= start || name > end) return false;
    start = end + 1;
  }
  return true;
}

/** As getenv(3): the first of that name. Undefined: it is not set; null: it is not UTF-8. */
export function variable(environment: Buffer, name: string): string | null | undefined {
  const key = Buffer.from(`\0${name}=`);
  const isFirst = environment.subarray(0, key.length - 1).equals(key.subarray(1));
  const at = isFirst ? -1 : environment.indexOf(key);
  if (at < 0 && !isFirst) return undefined;
  const start = at + key.length;
  const end = environment.indexOf(0, start);
  const value = environment.subarray(start, end < 0 ? environment.length : end);
  return isUtf8(value) ? value.toString() : null;
}
