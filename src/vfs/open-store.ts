import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { asMemfsError, MemfsError } from '../core/errors.js';
import type { Actor } from '../core/model.js';
import { History } from '../journal/history.js';
import { countStore } from '../journal/statistics.js';
import { checkTail } from '../journal/verify.js';
import { Blame } from './blame.js';
import { blameLines } from './blame-lines.js';
import { systemClock } from './clock.js';
import { Coherence } from './coherence.js';
import { Conflicts } from './conflicts.js';
import { ControlTrees } from './control/control-trees.js';
import { Erasure } from './erasure.js';
import type { FileSystem, KernelNotifier } from './filesystem.js';
import { Grants } from './grants.js';
import { workingOf } from './inode.js';
import { JournalFeed } from './journal-feed.js';
import { Ledger } from './ledger.js';
import { Maintenance } from './maintenance.js';
import { OutsideChanges } from './outside-changes.js';
import { Removals } from './removals.js';
import { isRestricted, ScopedFileSystem, withdrawingNotifier } from './scoped-file-system.js';
import type {
  BlameLine,
  Conflict,
  ConflictQuery,
  ConflictSide,
  DiffEntry,
  LogQuery,
  LogRecord,
  MountView,
  Redaction,
  Resolution,
  Store,
  StoreOptions,
  StoreStatistics,
  TreeEntry,
  VersionContent,
  VersionSelector,
} from './store.js';
import { StoreFileSystem } from './store-file-system.js';
import { StoreReader } from './store-reader.js';
import { mainBranch, spoolPath, Workspace } from './workspace.js';

export function openStore(path: string, options: StoreOptions): Store {
  if (!existsSync(path)) throw new MemfsError('not_found', `no store at ${path}`);
  return new OpenStore(path, options);
}

class OpenStore implements Store {
  readonly #path: string;
  readonly #workspace: Workspace;
  readonly #ledger: Ledger;
  readonly #reader: StoreReader;
  readonly #outside: OutsideChanges;
  readonly #conflicts: Conflicts;
  readonly #maintenance: Maintenance;
  readonly #erasure: Erasure;
  readonly #removals: Removals;
  readonly #coherence = new Coherence();
  readonly #feed = new JournalFeed();
  readonly #blame: Blame;
  readonly #control: ControlTrees;
  /** Connections that an earlier engine served: what their kernels know of, only they know. */
  #inherited: ReadonlySet<number> = new Set();

  constructor(path: string, options: StoreOptions) {
    this.#path = path;
    this.#workspace = new Workspace(path, options);
    this.#ledger = new Ledger(this.#workspace, spoolPath(path), systemClock());
    this.#adoptConfiguration(options);
    const { meta, database } = this.#workspace;
    this.#ledger.damaged = meta.damaged ?? checkTail(database);
    this.#ledger.onChanges = (changes) => this.#coherence.notify(changes);
    this.#ledger.onRecord = () => this.#feed.advanced();
    this.#reader = new StoreReader(this.#workspace);
    this.#blame = new Blame(this.#workspace, new History(database));
    this.#control = new ControlTrees({
      workspace: this.#workspace,
      ledger: this.#ledger,
      reader: this.#reader,
      feed: this.#feed,
      blame: this.#blame,
      directory: dirname(path),
    });
    this.#outside = new OutsideChanges(this.#workspace, this.#ledger, this.#reader);
    this.#conflicts = new Conflicts(this.#workspace, this.#ledger, this.#outside);
    this.#maintenance = new Maintenance(path, this.#workspace, this.#ledger, options);
    this.#erasure = new Erasure(path, this.#workspace, this.#ledger, this.#maintenance);
    this.#removals = new Removals(this.#workspace, this.#ledger, this.#reader, this.#erasure);
  }

  /** The spool has been carried out under the configuration that it was written under. */
  #adoptConfiguration(options: StoreOptions): void {
    try {
      // An engine that died while it redacted may have left bytes there.
      this.#ledger.purge();
      this.#workspace.configure(options);
    } catch (error) {
      // On a full disk the earlier configuration goes on until the next opening.
      if (asMemfsError(error).code !== 'no_space') throw error;
    }
  }

  get id(): string {
    return this.#workspace.storeId;
  }

  get damaged(): string | null {
    return this.#ledger.damaged;
  }

  setDamaged(reason: string | null): void {
    if (reason === this.#ledger.damaged) return;
    this.#ledger.damaged = reason;
    try {
      // Not inside the group's transaction, which a crash would roll back.
      this.#ledger.commit();
      this.#workspace.meta.damaged = reason;
    } catch {
      // Too damaged to remember it: the next opening or verification finds it again.
    }
  }

  retainConnections(alive: ReadonlySet<number>): void {
    this.#inherited = alive;
    if (this.#ledger.damaged !== null) return;
    const { handles, locks } = this.#workspace;
    const known = new Set([
      ...[...handles.values()].map(({ connection }) => connection),
      ...locks.all().map(({ connection }) => connection),
      ...this.#workspace.uncommitted().map(({ state }) => state.connection),
      ...this.#workspace.controlNodes.connections(),
    ]);
    for (const connection of known) if (!alive.has(connection)) this.#end(connection);
    if (alive.size === 0) this.#reclaimOrphans();
  }

  #reclaimOrphans(): void {
    this.#ledger.commit();
    for (const ino of this.#workspace.inodeTable.orphans())
      this.#ledger.run('reclaim', { ...unattended, connection: 0 }, { ino });
  }

  #end(connection: number): void {
    this.#ledger.run('endConnection', { ...unattended, connection }, { connection });
  }

  resume(): void {
    for (const changes of this.#ledger.takeReplayed()) this.#coherence.notify(changes);
  }

  attach(view: MountView, notifier: KernelNotifier): FileSystem {
    const { connection } = view;
    if (view.at !== undefined) return this.#control.past(view, () => this.#endUndamaged(connection));
    const parts = {
      workspace: this.#workspace,
      ledger: this.#ledger,
      coherence: this.#coherence,
      directory: dirname(this.#path),
      sync: () => this.sync(),
      reclaimOrphans: () => this.#reclaimOrphans(),
    };
    const fileSystem = new StoreFileSystem(parts, view, notifier);
    const knows = (ino: number): boolean => this.#inherited.has(connection) || fileSystem.knows(ino);
    const grants = isRestricted(view.scope)
      ? new Grants(this.#workspace, view.scope, connection, knows)
      : null;
    this.#coherence.add({
      connection,
      notifier: grants === null ? notifier : withdrawingNotifier(notifier, grants),
      knows,
      hasWorkingState: (ino) => {
        const inode = this.#workspace.inodes.find(ino);
        return inode !== undefined && workingOf(inode, connection) !== undefined;
      },
    });
    const scoped = grants === null ? fileSystem : new ScopedFileSystem(fileSystem, this.#workspace, grants);
    return this.#control.around(scoped, view);
  }

  #endUndamaged(connection: number): void {
    if (this.#ledger.damaged === null) this.#end(connection);
  }

  seqOf(version: VersionSelector): number {
    return this.#reader.seqOf(version);
  }

  changed(signal: AbortSignal): Promise<void> {
    return this.#feed.next(signal);
  }

  blame(path: string, version?: VersionSelector): Promise<BlameLine[]> {
    return blameLines(this.#reader, this.#blame, path, version);
  }

  log(query: LogQuery): Iterable<LogRecord> {
    return this.#reader.log(query);
  }

  show(path: string, version?: VersionSelector): VersionContent {
    return this.#reader.content(this.#reader.state(path, version));
  }

  diff(from: VersionSelector, to: VersionSelector, path?: string): Iterable<DiffEntry> {
    return this.#reader.diff(from, to, path);
  }

  restore(path: string, version: VersionSelector, actor: Actor): LogRecord {
    return this.#outside.restore(path, version, actor);
  }

  write(path: string, content: Uint8Array, actor: Actor, ifMatch?: string): LogRecord {
    return this.#outside.write(path, content, actor, ifMatch);
  }

  redact(versions: readonly (string | number)[], actor: Actor): Promise<Redaction> {
    return this.#removals.redact(versions, actor);
  }

  importEntry(entry: TreeEntry, actor: Actor): void {
    this.#outside.importEntry(entry, actor);
  }

  exportEntries(at?: VersionSelector): Iterable<TreeEntry> {
    return this.#reader.exportEntries(at);
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

  statistics(): StoreStatistics {
    this.#ledger.commit();
    const { database, records } = this.#workspace;
    const counts = countStore(database, mainBranch);
    return { ...counts, head: records.head, diskBytes: diskBytes(this.#path) };
  }

  sync(): Promise<void> {
    return this.#maintenance.sync();
  }

  close(): void {
    this.#ledger.close();
    this.#maintenance.checkpoint();
    this.#maintenance.stop();
    this.#workspace.close();
    this.#erasure.close();
  }
}

/** Nobody asked for it: an earlier daemon left it behind. */
const unattended = { unique: 0n, resent: false, actor: { agent: 'memfsd', session: 'memfsd' } };

/** Bytes on disk of a store: database, WAL, index of the WAL, spool. */
function diskBytes(path: string): number {
  const files = [path, `${path}-wal`, `${path}-shm`, spoolPath(path)];
  return files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}
