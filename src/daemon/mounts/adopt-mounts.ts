import { closeSync } from 'node:fs';
import { asMemfsError } from '../../core/errors.js';
import type { TakenOver } from '../engine/keeper-link.js';
import type { LiveMount } from './live-mounts.js';
import type { MountMaker } from './mount-maker.js';
import type { MountsParts } from './parts.js';

/** Serves what the last engine served. A connection that nobody wants any more is unmounted. */
export function adoptMounts(parts: MountsParts, maker: MountMaker, held: TakenOver['held']): void {
  const { catalog, link, log, stores } = parts;
  const wanted = new Map(catalog.listMounts().map((row) => [row.connection, row]));
  const served: LiveMount[] = [];
  // First all of them, in one turn: a mount that was served alone would not tell the others what it changes.
  for (const mount of held) {
    const row = wanted.get(mount.connection);
    try {
      if (row !== undefined) served.push(maker.serve(row, mount, () => {}));
      else {
        closeSync(mount.descriptor);
        void link.giveUp(mount.connection);
      }
    } catch (thrown) {
      const error = asMemfsError(thrown);
      log.error({ path: mount.path, error: error.message }, 'a mount cannot be served on');
      catalog.setProblem(mount.connection, error.message);
      void link.giveUp(mount.connection);
    }
  }
  stores.resume();
  for (const { row, connection } of served) {
    connection.resend();
    connection.takeUp(held.find((mount) => mount.connection === row.connection)!.waiting);
  }
}
