import { raiseReadAhead } from '../../fuse/read-ahead.js';
import type { MountRow } from '../catalog.js';
import type { HeldMount } from '../keeper/messages.js';
import { isRefusal } from '../sessions/session-activity.js';
import type { LiveMount } from './live-mounts.js';
import type { MountCallers } from './mount-callers.js';
import type { MountsParts } from './parts.js';
import { scopeOf } from './session-grants.js';

export interface MountEvents {
  /** The kernel and this engine have agreed (INIT). */
  negotiated(): void;
  ended(live: LiveMount): void;
}

/** Serves a store on a connection. The descriptor is its own from here on, also when it throws. */
export function serveMount(
  { catalog, stores, link, log, serve, sessions, activity }: MountsParts,
  callers: MountCallers,
  row: MountRow,
  mount: HeldMount & { readonly descriptor: number },
  events: MountEvents,
): LiveMount {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const connection = serve({
    descriptor: mount.descriptor,
    connection: row.connection,
    negotiated: row.negotiated,
    attach: (notifier) =>
      stores.get(row.store).attach(
        {
          connection: row.connection,
          actor: { agent: row.agent, session: row.session },
          scope: scopeOf(row),
          branch: row.branch,
          precondition: row.precondition,
          onConflict: row.on_conflict,
          place: { path: row.path, storeName: catalog.getStore(row.store).name },
          ...(row.at === null ? {} : { at: Number(row.at) }),
          claimOf: (pid) => callers.claimOf(pid, row),
          mayChange: ({ session }) => !sessions.isEnded(session),
        },
        notifier,
      ),
    onNegotiated: (state, resend) => {
      catalog.setNegotiated(row.connection, state);
      link.negotiated(row.connection, resend);
      log.info({ path: row.path, connection: row.connection, resend }, 'mounted');
      setImmediate(() => raiseReadAhead(mount.source));
      events.negotiated();
    },
    failed: (pid, error) => {
      if (isRefusal(error)) activity.refused(callers.sessionOf(pid, row));
    },
    onEnd: () => {
      end();
      events.ended(live);
    },
  });
  const live: LiveMount = {
    row,
    source: mount.source,
    connection,
    ended,
    leaving: false,
    detached: false,
  };
  return live;
}
