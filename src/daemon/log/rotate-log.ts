import { renameSync, statSync } from 'node:fs';
import { logFile } from '../config.js';

/** Beyond this a new daemon begins a new file; one old file is kept. */
const rotatedBytes = 8 << 20;

/** Before a daemon starts: nobody has the file open. */
export function rotateLog(data: string): void {
  const file = logFile(data);
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes <= rotatedBytes) return;
  try {
    renameSync(file, `${file}.1`);
  } catch {
    // No room for the name: the next start tries again.
  }
}
