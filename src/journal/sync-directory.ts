import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes names that were made, changed or removed in the directory survive a loss of power (fsync(2)). */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
