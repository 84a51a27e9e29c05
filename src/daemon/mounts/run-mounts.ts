/** Mounts that were made for a run, and end with it. */
import { rmdir } from 'node:fs/promises';
import { asMemfsError } from '../../core/errors.js';
import { type MountInfo, memfsdType, mountOf } from '../../core/mountinfo.js';
import type { Catalog } from '../catalog.js';
import type { MountEnding } from './mount-ending.js';
import type { MountsParts } from './parts.js';

/** Sessions with mounts that were made for a run. */
export function sessionsOfRuns(catalog: Catalog): ReadonlySet<string> {
  const rows = catalog.listMounts().filter(({ for_run }) => for_run !== null);
  return new Set(rows.map(({ session }) => session));
}

/** The run is over and has left its mounts behind: they go, with the directories that were made for them. Never throws. */
export async function endRun(
  { catalog, log, mountInfo }: Pick<MountsParts, 'catalog' | 'log' | 'mountInfo'>,
  ending: MountEnding,
  session: string,
): Promise<void> {
  const rows = catalog.listMounts().filter((row) => row.session === session);
  for (const { path, for_run } of rows) {
    if (for_run === null) continue;
    try {
      await ending.unmount(path, true, true);
    } catch (thrown) {
      const error = asMemfsError(thrown);
      // Its run was still there and did it.
      if (error.code !== 'not_found') log.warn({ path, error: error.message }, 'stays mounted');
    }
    await removeEmpty(JSON.parse(for_run) as string[], mountInfo());
  }
}

async function removeEmpty(directories: readonly string[], mounts: readonly MountInfo[]): Promise<void> {
  for (const directory of directories.toReversed())
    if (mountOf(directory, mounts)?.type !== memfsdType) await rmdir(directory).catch(() => {});
}
