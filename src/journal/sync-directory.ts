import { closeSync, fsyncSync, openSync } from 'node:fs';

/** What was made, renamed or removed in the directory stays so when the power fails (fsync(2)). */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
