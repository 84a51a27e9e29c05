/** The end of all mounts of an engine: unmounted with the daemon, left to the next engine, or lost with the keeper. */
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { Catalog } from '../catalog.js';
import type { LiveMounts } from './live-mounts.js';
import type { MountEnding } from './mount-ending.js';
import type { MountsParts } from './parts.js';

/** Callers wait meanwhile. What an invalidation still waits for then, the next engine answers. */
const leaveLimitMs = 500;

/** The next daemon is not to mount them again. Throws `no_space` and the like when that cannot be written down. */
export function forgetMounts(catalog: Catalog): void {
  const rows = catalog.listMounts();
  for (const { connection } of rows) catalog.dropMount(connection);
  if (rows.length === 0 || !catalog.isBehind) return;
  const paths = rows.map(({ path }) => quoted(path)).join(', ');
  throw new MemfsError(
    'no_space',
    `memfsd stops, but there is no room to write down that its mounts are forgotten: ${paths}`,
    {
      hint: 'the next start may mount them again; make room on the disk first, then memfsd start and memfsd stop',
    },
  );
}

/** Unmounts all, those in use too. */
export async function unmountAll(
  { link, log }: Pick<MountsParts, 'link' | 'log'>,
  live: LiveMounts,
  ending: MountEnding,
): Promise<void> {
  live.isStopping = true;
  await Promise.all(
    live.all().map(async (each) => {
      const { connection, path } = each.row;
      try {
        if (!each.detached) await ending.leave(each);
        if (!each.detached) return;
        log.warn({ path }, 'ended while it was in use elsewhere');
        each.connection.close();
      } catch {
        await link.unmount(connection, true).catch((error: unknown) => {
          log.warn({ path, error: asMemfsError(error).message }, 'unmount failed');
        });
        each.connection.close();
      }
    }),
  );
}

/**
 * Stops serving all mounts, which stay for the next engine; then tells the keeper which calls it has not answered that
 * no kernel will repeat.
 */
export async function leaveMounts({ link }: Pick<MountsParts, 'link'>, live: LiveMounts): Promise<void> {
  live.isStopping = true;
  const lives = live.all();
  // All are stopped in this turn: one that goes on would wait for others to make room.
  const complete = await Promise.all(lives.map(({ connection }) => connection.leave(leaveLimitMs)));
  // All are closed in this turn: what is told to wait must not be answered any more.
  for (const { row, connection } of lives) {
    if (!connection.hasResend) link.waits(row.connection, connection.waiting);
    connection.close();
  }
  link.left(lives.filter((_, i) => complete[i]).map(({ row }) => row.connection));
  live.clear();
}

/** Answers nothing more: the keeper is gone, and with it the mounts. */
export function abandonMounts(live: LiveMounts): void {
  live.isStopping = true;
  for (const { connection } of live.all()) connection.close();
  live.clear();
}
