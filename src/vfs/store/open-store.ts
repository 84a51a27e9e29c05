import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import type { Actor, RetentionPolicy } from '../../core/model.js';
import { type Scope, wholeStore } from '../../core/scope.js';
import { History } from '../../journal/history.js';
import { countStore } from '../../journal/statistics.js';
import { checkTail } from '../../journal/verify.js';
import { ControlTrees } from '../control/control-trees.js';
import type { FileSystem, KernelNotifier } from '../filesystem.js';
import { StoreFileSystem } from '../mount/store-file-system.js';
import { Blame } from '../past/blame.js';
import { Erasure } from '../removal/erasure.js';
import { Removals } from '../removal/removals.js';
import { Retention } from '../removal/retention.js';
import { Grants } from '../scope/grants.js';
import { isRestricted, ScopedFileSystem, withdrawingNotifier } from '../scope/scoped-file-system.js';
import { ScopedView, type ViewParts } from '../scope/scoped-view.js';
import type {
  MountView,
  Pruning,
  Redaction,
  Store,
  StoreOptions,
  StoreStatistics,
  StoreView,
  VersionSelector,
} from '../store.js';
import { systemClock } from './clock.js';
import { Coherence } from './coherence.js';
import { workingOf } from './inode.js';
import { JournalFeed } from './journal-feed.js';
import { Ledger } from './ledger.js';
import { Maintenance } from './maintenance.js';
import { mainBranch, spoolPath, Workspace } from './workspace.js';

export function openStore(path: string, options: StoreOptions): Store {
  if (!existsSync(path)) throw new MemfsError('not_found', `no store at ${path}`);
  const workspace = new Workspace(path, options);
  const ledger = new Ledger(workspace, spoolPath(path), systemClock());
  adopt(options, workspace, ledger);
  const history = new History(workspace.database);
  const blame = new Blame(workspace, history);
  return new OpenStore(path, { workspace, ledger, history, blame }, options);
}

/** The spool has been carried out under the configuration that it was written under; this one is for what follows. */
function adopt(options: StoreOptions, workspace: Workspace, ledger: Ledger): void {
  try {
    // An engine that died while it redacted may have left bytes there.
    ledger.purge();
    workspace.configure(options);
  } catch (error) {
    // On a full disk the earlier configuration goes on until the next opening.
    if (asMemfsError(error).code !== 'no_space') throw error;
  }
}

/** The whole of a store, and what belongs to the store itself. */
class OpenStore extends ScopedView implements Store {
  readonly #path: string;
  readonly #parts: ViewParts;
  readonly #workspace: Workspace;
  readonly #ledger: Ledger;
  readonly #maintenance: Maintenance;
  readonly #erasure: Erasure;
  readonly #removals: Removals;
  readonly #retention: Retention;
  readonly #coherence = new Coherence();
  readonly #feed = new JournalFeed();
  readonly #control: ControlTrees;
  /** Connections that an earlier engine served: what their kernels know of, only they know. */
  #inherited: ReadonlySet<number> = new Set();

  constructor(path: string, parts: ViewParts, options: StoreOptions) {
    super(parts, wholeStore);
    const { workspace, ledger, history, blame } = parts;
    this.#path = path;
    this.#parts = parts;
    this.#workspace = workspace;
    this.#ledger = ledger;
    ledger.damaged = workspace.meta.damaged ?? checkTail(workspace.database);
    ledger.onChanges = (changes) => this.#coherence.notify(changes);
    ledger.onRecord = () => this.#feed.advanced();
    const directory = dirname(path);
    this.#control = new ControlTrees({
      workspace,
      ledger,
      reader: this.reader,
      feed: this.#feed,
      history,
      blame,
      directory,
    });
    this.#maintenance = new Maintenance(path, workspace, ledger, options);
    this.#erasure = new Erasure(path, workspace, ledger, this.#maintenance);
    this.#removals = new Removals(workspace, ledger, this.reader, this.#erasure);
    this.#retention = new Retention(workspace, ledger, this.#removals, this.#erasure);
    if (ledger.damaged === null) void this.#removals.resume().catch(() => {});
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
    const isInherited = this.#inherited.has(connection);
    const knows = (ino: number): boolean => isInherited || fileSystem.knows(ino);
    const grants = isRestricted(view.scope)
      ? new Grants(this.#workspace, view.scope, connection, knows)
      : null;
    this.#coherence.add({
      connection,
      notifier: grants === null ? notifier : withdrawingNotifier(notifier, grants),
      isInherited,
      hearsAll: grants !== null,
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
    return this.reader.seqOf(version);
  }

  changed(signal: AbortSignal): Promise<void> {
    return this.#feed.next(signal);
  }

  within(scope: Scope): StoreView {
    return new ScopedView(this.#parts, scope);
  }

  get retention(): RetentionPolicy | null {
    return this.#retention.policy;
  }

  set retention(policy: RetentionPolicy | null) {
    this.#retention.policy = policy;
  }

  prune(actor: Actor): Promise<Pruning> {
    return this.#retention.run(actor);
  }

  wouldPrune(policy: RetentionPolicy | null): Promise<Pruning> {
    return this.#retention.count(policy);
  }

  redact(versions: readonly (string | number)[], actor: Actor): Promise<Redaction> {
    return this.#removals.redact(versions, actor);
  }

  statistics(): StoreStatistics {
    this.#ledger.commit();
    const { database, records } = this.#workspace;
    const counts = countStore(database, mainBranch);
    return { ...counts, head: records.head, ...diskBytes(this.#path) };
  }

  sync(): Promise<void> {
    return this.#maintenance.sync();
  }

  close(): void {
    this.#ledger.close();
    this.#maintenance.finish();
    this.#workspace.close();
    this.#erasure.close();
  }
}

/** Nobody asked for it: an earlier daemon left it behind. */
const unattended = { unique: 0n, resent: false, actor: { agent: 'memfsd', session: 'memfsd' } };

/** Bytes on disk of a store: database, WAL, index of the WAL, spool. */
function diskBytes(path: string): Pick<StoreStatistics, 'diskBytes' | 'walBytes'> {
  const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const walBytes = sizeOf(`${path}-wal`);
  return { diskBytes: sizeOf(path) + walBytes + sizeOf(`${path}-shm`) + sizeOf(spoolPath(path)), walBytes };
}
