import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BranchInfo } from '../../core/branches.js';
import { asMemfsError, MemfsError, mayPass } from '../../core/errors.js';
import type { Actor, RetentionPolicy } from '../../core/model.js';
import type { Pruning, Redaction } from '../../core/removals.js';
import { type Scope, wholeStore } from '../../core/scope.js';
import type { StoreStatistics } from '../../core/statistics.js';
import type { VersionSelector } from '../../core/versions.js';
import { mainBranch } from '../../journal/branches/branches.js';
import { heldBytes } from '../../journal/contents/held-bytes.js';
import { countStore } from '../../journal/tree/statistics.js';
import { checkTail } from '../../journal/verify.js';
import type { FileSystem, KernelNotifier } from '../filesystem.js';
import { Erasure } from '../removal/erasure.js';
import { Removals } from '../removal/removals.js';
import { Retention } from '../removal/retention.js';
import { ScopedView } from '../scope/scoped-view.js';
import type { MountView, Store, StoreOptions, StoreView } from '../store.js';
import { systemClock } from './clock.js';
import { JournalFeed } from './journal-feed.js';
import { Ledger } from './ledger.js';
import { Maintenance } from './maintenance.js';
import { OpenBranch, type StoreSurroundings } from './open-branch.js';
import type { Origin } from './operation.js';
import type { Changes } from './operation-contexts.js';
import { spoolPath, type Workspace } from './workspace.js';
import { Workspaces } from './workspaces.js';
import { WriteLimits } from './write-limits.js';

export function openStore(path: string, options: StoreOptions): Store {
  if (!existsSync(path)) throw new MemfsError('not_found', `no store at ${path}`);
  const workspaces = new Workspaces(path, options);
  const { storeId } = workspaces.tables;
  const feed = new JournalFeed();
  // Trouble may come before the store is there to tell of it; nothing else can.
  let store: OpenStore | undefined;
  const ledger = new Ledger(workspaces, path, systemClock(), {
    onCommit: () => maintenance.committed(),
    onCarriedOver: () => maintenance.carriedOver(),
    onTrouble: (trouble) => store?.troubled(trouble),
    onRecord: () => feed.advanced(),
    onChanges: (workspace, changes) => store?.changedIn(workspace, changes),
    onLimit: (reached) => options.onLimit?.({ store: storeId, ...reached }),
  });
  const maintenance = new Maintenance(path, workspaces, ledger, options);
  adopt(options, workspaces, ledger);
  limit(options, workspaces, ledger);
  const surroundings = {
    feed,
    directory: dirname(path),
    sync: () => maintenance.sync(),
    dreams: () => options.dreams?.(storeId) ?? null,
  };
  const { onTrouble } = options;
  store = new OpenStore(path, { workspaces, ledger, maintenance, surroundings, onTrouble });
  store.begin();
  return store;
}

/** Limits hold for what is asked for from now on, not for what was acknowledged and is carried out again. */
function limit({ limits, now, maxFileBytes }: StoreOptions, { tables }: Workspaces, ledger: Ledger): void {
  if (limits === undefined) return;
  ledger.limits = new WriteLimits({
    limits,
    longestWrite: maxFileBytes,
    now: now ?? (() => ledger.now().ms),
    held: heldBytes(tables.database),
  });
}

/** The spool has been carried out under the configuration that it was written under; this one is for what follows. */
function adopt(options: StoreOptions, { tables }: Workspaces, ledger: Ledger): void {
  try {
    // An engine that died while it redacted may have left bytes there.
    ledger.purge();
    tables.configure(options);
  } catch (error) {
    // What waits for room stays in the spool, and the earlier configuration goes on until the next opening.
    if (!mayPass(asMemfsError(error))) throw error;
  }
}

interface StoreParts {
  readonly workspaces: Workspaces;
  readonly ledger: Ledger;
  readonly maintenance: Maintenance;
  readonly surroundings: StoreSurroundings;
  readonly onTrouble: StoreOptions['onTrouble'];
}

/** Plain enough to stand in a path. */
const branchName = /^[A-Za-z0-9][\w.-]{0,99}$/;

/** Main as a whole, and what belongs to the store itself. */
class OpenStore extends ScopedView implements Store {
  readonly #path: string;
  readonly #workspaces: Workspaces;
  readonly #ledger: Ledger;
  readonly #maintenance: Maintenance;
  readonly #surroundings: StoreSurroundings;
  readonly #erasure: Erasure;
  readonly #removals: Removals;
  readonly #retention: Retention;
  readonly #main: OpenBranch;
  readonly #onTrouble: StoreOptions['onTrouble'];
  readonly #branches = new Map<Workspace, OpenBranch>();
  /** Connections that an earlier engine served: what their kernels know of, only they know. */
  #inherited: ReadonlySet<number> = new Set();

  constructor(path: string, { workspaces, ledger, maintenance, surroundings, onTrouble }: StoreParts) {
    const main = new OpenBranch(workspaces.main, ledger, surroundings);
    super(main.parts, wholeStore);
    this.#path = path;
    this.#workspaces = workspaces;
    this.#ledger = ledger;
    this.#maintenance = maintenance;
    this.#surroundings = surroundings;
    this.#main = main;
    ledger.damaged = workspaces.tables.meta.damaged ?? checkTail(workspaces.tables.database);
    this.#onTrouble = onTrouble;
    maintenance.onUnsynced = () => this.#tellTrouble();
    this.#erasure = new Erasure(path, workspaces.main, ledger, maintenance);
    this.#removals = new Removals(workspaces.main, ledger, this.reader, this.#erasure);
    this.#retention = new Retention(workspaces.main, ledger, this.#removals, this.#erasure);
  }

  /** Goes on with what an earlier engine has left to do. */
  begin(): void {
    if (this.#ledger.trouble !== null) this.#tellTrouble();
    if (this.#ledger.damaged === null) void this.#removals.resume().catch(() => {});
  }

  #tellTrouble(): void {
    this.#onTrouble?.(this.id, this.trouble);
  }

  /** The database can, or (`trouble`) cannot, be written to. */
  troubled(trouble: MemfsError | null): void {
    this.#tellTrouble();
    if (trouble === null) for (const branch of this.#all()) branch.endThoseGone();
  }

  /** The mounts of that branch must not go on with what they cached. */
  changedIn(workspace: Workspace, changes: Changes): void {
    this.#branchOf(workspace).coherence.notify(changes);
  }

  #branchOf(workspace: Workspace): OpenBranch {
    if (workspace === this.#workspaces.main) return this.#main;
    const known = this.#branches.get(workspace);
    if (known !== undefined) return known;
    const opened = new OpenBranch(workspace, this.#ledger, this.#surroundings);
    this.#branches.set(workspace, opened);
    return opened;
  }

  #named(name: string): OpenBranch {
    return this.#branchOf(this.#workspaces.named(name));
  }

  get id(): string {
    return this.#workspaces.tables.storeId;
  }

  get damaged(): string | null {
    return this.#ledger.damaged;
  }

  get trouble(): string | null {
    return this.#maintenance.unsynced ?? this.#ledger.trouble?.message ?? null;
  }

  setDamaged(reason: string | null): void {
    if (reason === this.#ledger.damaged) return;
    this.#ledger.damaged = reason;
    try {
      // Not inside the group's transaction, which a crash would roll back.
      this.#ledger.commit();
      this.#workspaces.tables.meta.damaged = reason;
    } catch {
      // Too damaged to remember it: the next opening or verification finds it again.
    }
  }

  retainConnections(alive: ReadonlySet<number>): void {
    this.#inherited = alive;
    if (this.#ledger.damaged !== null) return;
    const { controlNodes } = this.#workspaces.tables;
    for (const branch of this.#all())
      for (const connection of branch.connections()) if (!alive.has(connection)) branch.end(connection);
    for (const connection of controlNodes.connections())
      if (!alive.has(connection)) this.#main.end(connection);
    if (alive.size === 0) for (const branch of this.#all()) branch.reclaimOrphans();
  }

  #all(): OpenBranch[] {
    return this.#workspaces.all().map((workspace) => this.#branchOf(workspace));
  }

  resume(): void {
    for (const [workspace, changes] of this.#ledger.takeReplayed())
      this.#branchOf(workspace).coherence.notify(changes);
  }

  attach(view: MountView, notifier: KernelNotifier): FileSystem {
    const branch = this.#named(view.branch ?? mainBranch.name);
    return branch.attach(view, notifier, this.#inherited.has(view.connection));
  }

  branches(): BranchInfo[] {
    return this.#workspaces.tables.branches.living.map(({ name, forkSeq }) => ({ name, fork_seq: forkSeq }));
  }

  createBranch(name: string, actor: Actor): BranchInfo {
    if (!branchName.test(name))
      throw new MemfsError('invalid', `"${name}" is no name for a branch`, {
        hint: 'Letters, digits, ".", "_" and "-", at most 100, beginning with a letter or a digit.',
      });
    this.#main.parts.ledger.run('createBranch', outside(actor), { name });
    return { name, fork_seq: this.#workspaces.named(name).branch.forkSeq };
  }

  dropBranch(name: string, actor: Actor): void {
    const workspace = this.#workspaces.named(name);
    if (this.#branchOf(workspace).isMounted)
      throw new MemfsError('busy', `the branch "${name}" is mounted`, { hint: 'Unmount it first.' });
    this.#main.parts.ledger.run('dropBranch', outside(actor), { id: workspace.branch.id });
    this.#branches.delete(workspace);
  }

  branch(name: string, scope: Scope = wholeStore): StoreView {
    return this.#named(name).within(scope);
  }

  seqOf(version: VersionSelector): number {
    return this.reader.seqOf(version);
  }

  changed(signal: AbortSignal): Promise<void> {
    return this.#surroundings.feed.next(signal);
  }

  within(scope: Scope): StoreView {
    return this.#main.within(scope);
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
    // What waits for room is counted all the same: the connection reads its own writes.
    const { database, records, transaction } = this.#workspaces.tables;
    if (this.#ledger.trouble === null && this.#ledger.damaged === null) this.#ledger.commit();
    else if (transaction.isOpen) this.#workspaces.writeBack();
    const counts = countStore(database, mainBranch.id);
    return { ...counts, head: records.head, heldBytes: heldBytes(database)(), ...diskBytes(this.#path) };
  }

  async settled(): Promise<void> {
    await Promise.all(
      [this.#main, ...this.#branches.values()].map((each) => each.coherence.outsideSettled()),
    );
  }

  sync(): Promise<void> {
    return this.#maintenance.sync();
  }

  close(): void {
    this.#ledger.close();
    this.#maintenance.finish();
    // SQLite would copy the WAL into the database at its last close, also what a failed sync may have lost: this process
    // ends with the database open then.
    if (this.#maintenance.unsynced !== null) return;
    this.#workspaces.close();
    this.#maintenance.close();
    this.#erasure.close();
  }
}

const outside = (actor: Actor): Origin => ({ connection: 0, unique: 0n, resent: false, actor });

/** Bytes on disk of a store: database, WAL, index of the WAL, spool. */
function diskBytes(path: string): Pick<StoreStatistics, 'diskBytes' | 'walBytes'> {
  const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const walBytes = sizeOf(`${path}-wal`);
  return { diskBytes: sizeOf(path) + walBytes + sizeOf(`${path}-shm`) + sizeOf(spoolPath(path)), walBytes };
}
