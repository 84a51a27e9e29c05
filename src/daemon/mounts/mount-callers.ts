import type { Actor } from '../../core/model.js';
import type { MountRow } from '../catalog.js';
import type { MountsParts } from './parts.js';

/** Tells for whom a process works that calls on a mount. */
export class MountCallers {
  readonly #parts: Pick<MountsParts, 'claims' | 'sessions' | 'activity'>;

  constructor(parts: Pick<MountsParts, 'claims' | 'sessions' | 'activity'>) {
    this.#parts = parts;
  }

  /** Undefined: for the session of the mount. */
  claimOf(pid: number, row: MountRow): Actor | undefined {
    const { claims, sessions, activity } = this.#parts;
    const { tree, claim } = claims.of(pid);
    const session = tree ?? claim?.session ?? row.session;
    activity.called(session);
    if (tree === undefined && claim === undefined) return undefined;
    const known = sessions.find(session)?.agent ?? row.agent;
    const agent = tree === undefined ? (claim?.agent ?? known) : known;
    if (session !== row.session) sessions.seen(session, agent, row, tree !== undefined);
    return tree === undefined ? { agent, session, claimed: true } : { agent, session };
  }

  sessionOf(pid: number, row: MountRow): string {
    const { tree, claim } = this.#parts.claims.of(pid);
    return tree ?? claim?.session ?? row.session;
  }
}
