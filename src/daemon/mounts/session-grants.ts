import type { Precondition } from '../../core/conflicts.js';
import type { Scope, ScopeRule } from '../../core/scope.js';
import type { MountRow } from '../catalog.js';
import type { SessionRegistry } from '../sessions/session-registry.js';
import type { LiveMounts } from './live-mounts.js';

/** The rights of a session to a store on a branch. */
export interface SessionGrant {
  /** `memstore_…` */
  readonly store: string;
  readonly branch: string;
  readonly scope: Scope;
  readonly precondition: Precondition;
}

/** All that a session may do: where a store and a branch are named several times, the first decides. */
export function grantsOf(session: string, sessions: SessionRegistry, live: LiveMounts): SessionGrant[] {
  const grants = sessions.grants(session);
  const mounted = live
    .ofSession(session)
    .flatMap(({ store, branch }) =>
      grants.filter((grant) => grant.store === store && grant.branch === branch),
    );
  return [...mounted, ...grants].map((row) => ({
    store: row.store,
    branch: row.branch,
    scope: scopeOf(row),
    precondition: row.precondition,
  }));
}

export const scopeOf = ({ scope, allow }: Pick<MountRow, 'scope' | 'allow'>): Scope => ({
  mode: scope,
  rules: JSON.parse(allow) as ScopeRule[],
});
