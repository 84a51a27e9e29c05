import type { Timestamp } from '../../core/model.js';
import type { ScopeMatcher } from '../../core/scope.js';
import type { History } from '../../journal/records/history.js';
import type { Blame } from '../past/blame.js';
import type { StoreReader } from '../past/store-reader.js';
import { timestampOf } from '../past/tree-at.js';
import type { BranchLedger } from '../store/branch-ledger.js';
import type { JournalFeed } from '../store/journal-feed.js';
import { FileType } from '../store/mode.js';
import { rootIno, type Workspace } from '../store/workspace.js';
import type { MountView, StagedDreams } from '../store.js';
import type { LineFile } from './line-file.js';
import type { NodeAttributes } from './node.js';
import type { Snapshots } from './snapshots.js';

/** Sources of the nodes of one mount's control tree. */
export interface ControlParts {
  readonly workspace: Workspace;
  readonly ledger: BranchLedger;
  readonly reader: StoreReader;
  readonly history: History;
  readonly blame: Blame;
  readonly feed: JournalFeed;
  readonly view: MountView;
  readonly matcher: ScopeMatcher;
  /** The journal as this mount's scope shows it; mounts with the same rules share one. */
  readonly journalLines: LineFile;
  readonly snapshots: Snapshots;
  /** Null: the store has none. */
  dreams(): StagedDreams | null;
}

/** Texts of memfsd itself belong to the owner of the store's root. */
export function ownAttributes(
  { workspace, history }: Pick<ControlParts, 'workspace' | 'history'>,
  type: number,
  size = 0,
  mtime: Timestamp = timestampOf(history.newestTime()),
): NodeAttributes {
  const { uid, gid } = workspace.inodes.get(rootIno);
  return { mode: type | (type === FileType.directory ? 0o755 : 0o644), uid, gid, size, mtime };
}
