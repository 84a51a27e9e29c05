import { ScopeMatcher } from '../../core/scope.js';
import { mainBranch } from '../../journal/branches/branches.js';
import type { History } from '../../journal/records/history.js';
import { viewPrefix } from '../../journal/records/log-marks.js';
import type { FileSystem } from '../filesystem.js';
import { diskStatistics } from '../mount/disk-statistics.js';
import type { Blame } from '../past/blame.js';
import type { StoreReader } from '../past/store-reader.js';
import type { BranchLedger } from '../store/branch-ledger.js';
import type { JournalFeed } from '../store/journal-feed.js';
import type { Workspace } from '../store/workspace.js';
import type { MountView, StagedDreams } from '../store.js';
import { ControlFileSystem } from './control-file-system.js';
import { controlTree } from './control-tree.js';
import { ControlledFileSystem } from './controlled-file-system.js';
import { JournalLines, journalMarks } from './journal-lines.js';
import { LineFile } from './line-file.js';
import type { ControlParts } from './parts.js';

interface StoreParts {
  readonly workspace: Workspace;
  readonly ledger: BranchLedger;
  readonly reader: StoreReader;
  readonly feed: JournalFeed;
  readonly history: History;
  readonly blame: Blame;
  /** Where the store lies. */
  readonly directory: string;
  dreams(): StagedDreams | null;
}

/** The control trees of a branch's mounts, and what they share. */
export class ControlTrees {
  readonly #parts: StoreParts;
  /** The journal as lines, by the rules that it is seen through. */
  readonly #journals = new Map<string, LineFile>();

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  /** A mount of the present, with its control tree. */
  around(store: FileSystem, view: MountView): FileSystem {
    return new ControlledFileSystem(
      this.#tree(view, () => {}),
      store,
    );
  }

  /** A mount that shows the past, as `view.at` says. */
  past(view: MountView, ended: () => void): FileSystem {
    return new ControlledFileSystem(this.#tree(view, ended));
  }

  #tree(view: MountView, ended: () => void): ControlFileSystem {
    const matcher = new ScopeMatcher(view.scope);
    const shared = { ...this.#parts, view, matcher };
    const parts: Omit<ControlParts, 'snapshots'> = {
      ...shared,
      journalLines: this.#journal(view, matcher),
    };
    return new ControlFileSystem(
      controlTree(parts, { statistics: () => diskStatistics(this.#parts.directory), ended }),
    );
  }

  #journal(view: MountView, matcher: ScopeMatcher): LineFile {
    const rules = JSON.stringify(view.scope.rules);
    const known = this.#journals.get(rules);
    if (known !== undefined) return known;
    const { workspace, ledger } = this.#parts;
    const source = new JournalLines(this.#parts, matcher);
    const { id } = workspace.branch;
    const name = id === mainBranch.id ? rules : `${viewPrefix(id)}${rules}`;
    const lines = new LineFile(source, journalMarks(workspace, ledger, name));
    this.#journals.set(rules, lines);
    return lines;
  }
}
