import { showsFile } from '../scope/visible-records.js';
import { isDirectory } from '../store/mode.js';
import { versionId } from '../store/public-ids.js';
import type { ControlParts } from './parts.js';
import type { RefusalLines } from './refusal-lines.js';

const recentRefusals = 10;
const namedUnversioned = 20;
const consideredNames = 1000;

/** `status.json`: where one is, what one may do here, and what went wrong lately. */
export function statusText(parts: ControlParts, refusals: RefusalLines): string {
  const { workspace, history, ledger, view } = parts;
  const { scope, actor, precondition, onConflict, connection, place } = view;
  const head = history.head();
  return `${JSON.stringify(
    {
      store: { id: workspace.storeId, name: place?.storeName ?? null },
      branch: workspace.branch.name,
      mount: { path: place?.path ?? null, connection },
      scope: scope.mode,
      allow: scope.rules,
      session: actor.session,
      agent: actor.agent,
      session_ended: view.mayChange?.(actor) === false,
      head: { seq: head, version: head === 0 ? null : versionId(workspace.storeId, head) },
      at: view.at === undefined ? null : String(view.at),
      precondition,
      on_conflict: onConflict,
      damaged: ledger.damaged,
      recent_refusals: refusals.recent(recentRefusals),
      unversioned: unversionedPaths(parts),
    },
    null,
    2,
  )}\n`;
}

/** What is stored here and has no history, by its name; of a directory only itself. */
function unversionedPaths({ workspace, matcher }: ControlParts): string[] {
  const paths: string[] = [];
  for (const { parent, name, ino } of workspace.entries.unrecorded(consideredNames)) {
    const directory = workspace.inodes.get(parent);
    if (!workspace.isVersioned(directory)) continue;
    if (workspace.isVersionedName(directory, name, isDirectory(workspace.inodes.get(ino).mode))) continue;
    const path = workspace.pathOf(parent, name);
    if (showsFile(matcher, path)) paths.push(path.toString('utf8'));
    if (paths.length === namedUnversioned) break;
  }
  return paths;
}
