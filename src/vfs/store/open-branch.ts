import { asMemfsError, mayPass } from '../../core/errors.js';
import { type Scope, ScopeMatcher, wholeStore } from '../../core/scope.js';
import { ControlTrees } from '../control/control-trees.js';
import type { FileSystem, KernelNotifier } from '../filesystem.js';
import { StoreFileSystem } from '../mount/store-file-system.js';
import { Blame } from '../past/blame.js';
import { StoreReader } from '../past/store-reader.js';
import { Grants } from '../scope/grants.js';
import { isRestricted, ScopedFileSystem, withdrawingNotifier } from '../scope/scoped-file-system.js';
import { ScopedView, type ViewParts } from '../scope/scoped-view.js';
import type { MountView, StagedDreams } from '../store.js';
import { BranchLedger } from './branch-ledger.js';
import { Coherence } from './coherence.js';
import { workingOf } from './inode.js';
import type { JournalFeed } from './journal-feed.js';
import type { Ledger } from './ledger.js';
import { isDirectory } from './mode.js';
import type { Workspace } from './workspace.js';

/** Shared by the branches of an open store, besides its tables. */
export interface StoreSurroundings {
  readonly feed: JournalFeed;
  /** Where the store lies. */
  readonly directory: string;
  dreams(): StagedDreams | null;
  /** Commits the group and makes it survive loss of power. */
  sync(): Promise<void>;
}

/** One branch of an open store: its mounts, what their kernels must be told, and how it is seen from outside. */
export class OpenBranch {
  readonly coherence = new Coherence();
  readonly parts: ViewParts;
  readonly #workspace: Workspace;
  readonly #ledger: Ledger;
  readonly #surroundings: StoreSurroundings;
  readonly #control: ControlTrees;
  /** Mounts that show the past. */
  readonly #past = new Set<number>();
  /** Connections that are over, for which there was no room to note it. */
  readonly #gone = new Set<number>();

  constructor(workspace: Workspace, ledger: Ledger, surroundings: StoreSurroundings) {
    this.#workspace = workspace;
    this.#ledger = ledger;
    this.#surroundings = surroundings;
    const { history } = workspace;
    const blame = new Blame(workspace, history);
    this.parts = { workspace, ledger: new BranchLedger(ledger, workspace), history, blame };
    const { feed, directory, dreams } = surroundings;
    const reader = new StoreReader(workspace, new ScopeMatcher(wholeStore));
    this.#control = new ControlTrees({ ...this.parts, reader, feed, directory, dreams });
  }

  get isMounted(): boolean {
    return this.coherence.hasMounts || this.#past.size > 0;
  }

  within(scope: Scope): ScopedView {
    return new ScopedView(this.parts, scope);
  }

  /** Those that left something open. */
  connections(): Set<number> {
    const { handles, locks } = this.#workspace;
    return new Set([
      ...[...handles.values()].map(({ connection }) => connection),
      ...locks.all().map(({ connection }) => connection),
      ...this.#workspace.uncommitted().map(({ state }) => state.connection),
    ]);
  }

  /** Where there is no room for that now, as soon as there is. */
  end(connection: number): void {
    this.#gone.add(connection);
    this.#unlessInTrouble(() => {
      this.parts.ledger.run('endConnection', { ...unattended, connection }, { connection });
      this.#gone.delete(connection);
    });
  }

  /** Ends the connections that could not be ended when they were gone. */
  endThoseGone(): void {
    for (const connection of this.#gone) this.end(connection);
  }

  reclaimOrphans(): void {
    this.#unlessInTrouble(() => {
      this.#ledger.commit();
      for (const ino of this.#workspace.inodeTable.orphans())
        this.parts.ledger.run('reclaim', { ...unattended, connection: 0 }, { ino });
    });
  }

  #unlessInTrouble(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      if (!mayPass(asMemfsError(thrown))) throw thrown;
    }
  }

  /** `isInherited`: an earlier engine served the connection, and only its kernel knows what it knows of. */
  attach(view: MountView, notifier: KernelNotifier, isInherited: boolean): FileSystem {
    const { connection } = view;
    if (view.at !== undefined) {
      this.#past.add(connection);
      return this.#control.past(view, () => this.#endPast(connection));
    }
    const { workspace, ledger } = this.parts;
    const { coherence } = this;
    const { directory, sync } = this.#surroundings;
    const parts = {
      workspace,
      ledger,
      coherence,
      directory,
      sync,
      reclaimOrphans: () => this.reclaimOrphans(),
      end: () => this.end(connection),
    };
    workspace.served.add(connection);
    const fileSystem = new StoreFileSystem(parts, view, notifier, isInherited);
    const knows = (ino: number): boolean => fileSystem.knows(ino);
    const grants = isRestricted(view.scope) ? new Grants(workspace, view.scope, connection, knows) : null;
    coherence.add({
      connection,
      notifier: grants === null ? notifier : withdrawingNotifier(notifier, grants, workspace),
      isInherited,
      hearsAll: grants !== null,
      knows,
      names: () => fileSystem.names(),
      isDirectory: (ino) => {
        const inode = workspace.inodes.find(ino);
        return inode !== undefined && isDirectory(inode.mode);
      },
      hasWorkingState: (ino) => {
        const inode = workspace.inodes.find(ino);
        return inode !== undefined && workingOf(inode, connection) !== undefined;
      },
    });
    const scoped = grants === null ? fileSystem : new ScopedFileSystem(fileSystem, workspace, grants);
    return this.#control.around(scoped, view);
  }

  #endPast(connection: number): void {
    this.#past.delete(connection);
    if (this.#ledger.damaged === null) this.end(connection);
  }
}

/** Nobody asked for it: an earlier daemon left it behind. */
const unattended = { unique: 0n, resent: false, actor: { agent: 'memfsd', session: 'memfsd' } };
