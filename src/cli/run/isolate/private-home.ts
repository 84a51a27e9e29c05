/** The home that COMMAND has inside of the wall: empty at first, and gone with the run. */
import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMountInfo } from '../../../api/mountinfo.js';
import { MemfsError } from '../../../core/errors.js';
import { isInside, type MountInfo } from '../../../core/mountinfo.js';

/** Its path outside of the wall. */
export const makeHome = (): string => mkdtempSync(join(realpathSync(tmpdir()), 'memfsd-home-'));

/**
 * With all that was left in it. Whoever wrote there must have ended. Throws `busy`, and removes nothing, where something is
 * mounted in it: that would lose its files, too.
 */
export function removeHome(home: string, mounts: readonly MountInfo[] = readMountInfo()): void {
  const mounted = mounts.find(({ path }) => isInside(path, home));
  if (mounted !== undefined)
    throw new MemfsError('busy', `${home} is not removed: ${mounted.path} is mounted in it`, {
      hint: `unmount ${mounted.path}, then remove ${home}`,
    });
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
