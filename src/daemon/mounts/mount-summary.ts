import type { MountSummary } from '../../api/endpoints/mounts.js';
import type { ScopeRule } from '../../core/scope.js';
import type { MountRow } from '../catalog.js';
import type { LiveMounts } from './live-mounts.js';
import type { MountsParts } from './parts.js';

type Facts = Pick<MountsParts, 'catalog' | 'stores'>;

export function mountSummary(row: MountRow, facts: Facts, mounts: LiveMounts): MountSummary {
  const live = mounts.get(row.connection);
  return {
    connection: row.connection,
    path: row.path,
    store: row.store,
    store_name: facts.catalog.getStore(row.store).name,
    branch: row.branch,
    scope: row.scope,
    allow: JSON.parse(row.allow) as ScopeRule[],
    precondition: row.precondition,
    on_conflict: row.on_conflict,
    at: row.at === null ? null : Number(row.at),
    agent: row.agent,
    session: row.session,
    state: live === undefined ? 'failed' : 'mounted',
    guarantee: live?.connection.hasResend ? 'resend' : 'abort',
    names: live?.connection.hasExpiry ? 'at_once' : 'within_a_second',
    problem: row.problem ?? (live === undefined ? 'not mounted' : storeProblem(row, facts)),
  };
}

function storeProblem({ store }: MountRow, { stores }: Facts): string | null {
  const { damaged, trouble } = stores.get(store);
  if (damaged !== null)
    return `read-only, as the journal of ${store} is damaged: ${damaged} (memfsd store salvage)`;
  return trouble === null ? null : `changes or fsync fail for now: ${trouble}`;
}
