/** The home that COMMAND has inside of the wall: empty at first, and gone with the run. */
import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Its path outside of the wall. */
export const makeHome = (): string => mkdtempSync(join(realpathSync(tmpdir()), 'memfsd-home-'));

/** With all that was left in it. Whoever wrote there must have ended. */
export function removeHome(home: string): void {
  try {
    rmSync(home, { recursive: true, force: true });
  } catch {
    openDirectories(home);
    rmSync(home, { recursive: true, force: true });
  }
}

/** Caches of packages make their directories read-only. */
function openDirectories(directory: string): void {
  chmodSync(directory, 0o700);
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    if (entry.isDirectory()) openDirectories(join(directory, entry.name));
}
