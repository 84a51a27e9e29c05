import { timestampOf } from '../past/tree-at.js';
import { rootIno } from '../store/workspace.js';
import { AtDirectory } from './at.js';
import { BlameDirectory } from './blame-tree.js';
import { ConflictsDirectory } from './conflicts.js';
import { type ControlTree, shownRoot } from './control-file-system.js';
import { DreamsDirectory } from './dreams.js';
import { EventsNode } from './events.js';
import { FixedDirectory } from './fixed-directory.js';
import { HistoryDirectory } from './history-tree.js';
import { LineFile } from './line-file.js';
import { LinesNode } from './lines-node.js';
import { firstControlId, NodeIds } from './node-ids.js';
import type { ControlParts } from './parts.js';
import { contentOf, PastDirectory } from './past-tree.js';
import { readmeText } from './readme.js';
import { RefusalLines } from './refusal-lines.js';
import { Snapshots } from './snapshots.js';
import { statusText } from './status.js';
import { TextFile } from './text-file.js';

/** Numbers of the names that every control tree has, for ever: a kernel may hold them over an engine's restart. */
const fixedNumbers = {
  'README.md': 1,
  'status.json': 2,
  'errors.jsonl': 3,
  'log.jsonl': 4,
  events: 5,
  history: 6,
  at: 7,
  blame: 8,
  conflicts: 9,
  dreams: 10,
};

/** The control tree of one mount, and the tree of the past that is shown as its root, if it shows one. */
export function controlTree(
  shared: Omit<ControlParts, 'snapshots'>,
  around: Pick<ControlTree, 'statistics' | 'ended'>,
): ControlTree {
  const parts: ControlParts = { ...shared, snapshots: new Snapshots() };
  const { workspace, history, ledger, reader, view, journalLines } = parts;
  const refusals = new RefusalLines(parts);
  const waiting = new Map<bigint, AbortController>();
  const events = new EventsNode(parts, waiting);
  const nodes = {
    'README.md': new TextFile(parts, () => readmeText(parts)),
    'status.json': new TextFile(parts, () => statusText(parts, refusals)),
    'errors.jsonl': new LinesNode(parts, new LineFile(refusals, null), () =>
      timestampOf(workspace.refusals.newest()?.time_ms ?? history.newestTime()),
    ),
    'log.jsonl': new LinesNode(parts, journalLines, () => timestampOf(history.newestTime())),
    events,
    history: new HistoryDirectory(parts),
    at: new AtDirectory(parts),
    blame: new BlameDirectory(parts),
    conflicts: new ConflictsDirectory(parts),
    dreams: new DreamsDirectory(parts),
  };
  // Who reads all there is below a directory would never come to its end.
  const root = new FixedDirectory(parts, nodes, ['events']);
  const fixed = new Map<string, number>([
    ['', firstControlId],
    ...Object.entries(fixedNumbers).map(([name, number]) => [name, firstControlId + number] as const),
    [shownRoot, rootIno],
  ]);
  const { sec, nsec } = ledger.now();
  return {
    ...around,
    root,
    shown: view.at === undefined ? null : new PastDirectory(parts, reader.treeAt(view.at), contentOf(parts)),
    ids: new NodeIds(workspace, ledger, view, fixed),
    waiting,
    firstHandle: sec * 1e6 + Math.floor(nsec / 1000),
    release: (handle) => {
      parts.snapshots.release(handle);
      events.release(handle);
    },
  };
}
