import type { Conflict, ConflictQuery, ConflictSide, Resolution } from '../../core/conflicts.js';
import type { Actor } from '../../core/model.js';
import type { LogPage, LogQuery, LogRecord } from '../../core/records.js';
import { type Scope, ScopeMatcher } from '../../core/scope.js';
import type { TreeEntry } from '../../core/trees.js';
import type {
  BlameLine,
  DiffEntry,
  SessionRead,
  VersionContent,
  VersionSelector,
} from '../../core/versions.js';
import type { History } from '../../journal/records/history.js';
import type { Blame } from '../past/blame.js';
import { type BlameParts, blameLines } from '../past/blame-lines.js';
import { StoreReader } from '../past/store-reader.js';
import type { BranchLedger } from '../store/branch-ledger.js';
import { Conflicts } from '../store/conflicts.js';
import { OutsideChanges } from '../store/outside-changes.js';
import type { Workspace } from '../store/workspace.js';
import type { StoreView } from '../store.js';

export interface ViewParts {
  readonly workspace: Workspace;
  readonly ledger: BranchLedger;
  readonly history: History;
  readonly blame: Blame;
}

/** A store under a scope, for the API and the command line. */
export class ScopedView implements StoreView {
  readonly #blame: BlameParts;
  protected readonly reader: StoreReader;
  readonly #outside: OutsideChanges;
  readonly #conflicts: Conflicts;

  constructor({ workspace, ledger, history, blame }: ViewParts, scope: Scope) {
    const matcher = new ScopeMatcher(scope);
    this.reader = new StoreReader(workspace, matcher);
    this.#blame = { reader: this.reader, history, blame, matcher };
    this.#outside = new OutsideChanges(workspace, ledger, this.reader, matcher);
    this.#conflicts = new Conflicts(workspace, ledger, this.#outside, matcher);
  }

  blame(path: string, version?: VersionSelector): Promise<BlameLine[]> {
    return blameLines(this.#blame, path, version);
  }

  reads(session: string): readonly SessionRead[] {
    return this.reader.reads(session);
  }

  log(query: LogQuery): Iterable<LogRecord> {
    return this.reader.log(query);
  }

  logPage(query: LogQuery): LogPage {
    return this.reader.logPage(query);
  }

  show(path: string, version?: VersionSelector): VersionContent {
    return this.reader.content(this.reader.state(path, version));
  }

  diff(from: VersionSelector, to: VersionSelector, path?: string): Iterable<DiffEntry> {
    return this.reader.diff(from, to, path);
  }

  restore(path: string, version: VersionSelector, actor: Actor): LogRecord {
    return this.#outside.restore(path, version, actor);
  }

  write(path: string, content: Uint8Array, actor: Actor, ifMatch?: string): LogRecord {
    return this.#outside.write(path, content, actor, ifMatch);
  }

  remove(path: string, actor: Actor, ifMatch?: string): LogRecord {
    return this.#outside.remove(path, actor, ifMatch);
  }

  removeDirectory(path: string, actor: Actor): LogRecord {
    return this.#outside.removeDirectory(path, actor);
  }

  move(from: string, to: string, actor: Actor): LogRecord {
    return this.#outside.move(from, to, actor);
  }

  importEntry(entry: TreeEntry, actor: Actor, isUnlimited = false): void {
    this.#outside.importEntry(entry, actor, isUnlimited);
  }

  exportEntries(at?: VersionSelector): Iterable<TreeEntry> {
    return this.reader.exportEntries(at);
  }

  conflicts(query: ConflictQuery): readonly Conflict[] {
    return this.#conflicts.list(query);
  }

  conflictContent(path: string, number: number, side: ConflictSide): Iterable<Uint8Array> | null {
    return this.#conflicts.content(path, number, side);
  }

  resolveConflict(path: string, number: number, resolution: Resolution, actor: Actor): LogRecord | null {
    return this.#conflicts.resolve(path, number, resolution, actor);
  }
}
