import { MemfsError, refusal } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { Branch } from '../../journal/branches/branches.js';
import type { ContentStore } from '../../journal/contents/contents.js';
import type { Counters } from '../../journal/counters.js';
import type { SqliteDatabase } from '../../journal/database.js';
import type { GroupTransaction } from '../../journal/group-transaction.js';
import type { StoreMeta } from '../../journal/meta.js';
import { Expectations } from '../../journal/records/expectations.js';
import { History } from '../../journal/records/history.js';
import type { LogMarks } from '../../journal/records/log-marks.js';
import { MemoryRecords } from '../../journal/records/memory-records.js';
import { Observations } from '../../journal/records/observations.js';
import type { RecordLog } from '../../journal/records/records.js';
import { RefusalTable } from '../../journal/records/refusals.js';
import type { ControlNodeTable } from '../../journal/tree/control-nodes.js';
import { type Entry, EntryTable } from '../../journal/tree/entries.js';
import { InodeTable } from '../../journal/tree/inodes.js';
import { OpenState } from '../../journal/tree/open-state.js';
import { XattrTable } from '../../journal/tree/xattrs.js';
import type { CommitPolicy } from '../policy.js';
import { type Inode, workingOf } from './inode.js';
import { InodeCache } from './inode-cache.js';
import { LockTable } from './locks.js';
import { isDirectory } from './mode.js';
import type { StoreTables } from './store-tables.js';
import { WorkingState } from './working-state.js';

export const rootIno = 1;

/** A handle open for writing. Handles for reading need no state: the request names the inode. */
export interface WriteHandle {
  readonly id: number;
  readonly connection: number;
  readonly ino: number;
  readonly flags: number;
  readonly actor: Actor;
  /** Wrote something that no version has yet. */
  written: boolean;
  /**
   * It has changed the file in place: its close commits what the mount has. Operations go by it, so the next engine has
   * to know it; see `setEdited`.
   */
  readonly edited: boolean;
}

/** The present states of all branches of one store. */
export interface Siblings {
  readonly main: Workspace;
  /** Every branch, main first. */
  all(): readonly Workspace[];
  /** Throws `not_found`. */
  withId(id: number): Workspace;
}

/**
 * The present state of one branch of a store: its tables, the inodes in memory, open handles and locks.
 *
 * All of it is a function of the last group commit and of the operations since, so `reload` and a replay of the
 * spool restore it after a crash or a failed operation alike.
 */
export class Workspace {
  readonly branch: Branch;
  /** All branches of the store, this one included. */
  readonly siblings: Siblings;
  readonly tables: StoreTables;
  /** `memstore_…` */
  readonly storeId: string;
  readonly database: SqliteDatabase;
  readonly meta: StoreMeta;
  readonly transaction: GroupTransaction;
  readonly counters: Counters;
  readonly records: RecordLog;
  readonly memories: MemoryRecords;
  readonly history: History;
  readonly entries: EntryTable;
  readonly inodeTable: InodeTable;
  readonly inodes: InodeCache;
  readonly contents: ContentStore;
  readonly xattrs: XattrTable;
  readonly observations: Observations;
  readonly expectations: Expectations;
  readonly refusals: RefusalTable;
  readonly controlNodes: ControlNodeTable;
  readonly logMarks: LogMarks;
  /** Asked before a version is made. */
  readonly policy: CommitPolicy | null;
  readonly locks = new LockTable();
  readonly handles = new Map<number, WriteHandle>();
  /** Connections whose kernel is answered; others that have something open are still to come back. */
  readonly served = new Set<number>();
  readonly #openState: OpenState;
  readonly #withWorkingState = new Set<Inode>();
  #handlesChanged = false;
  #workingStored = false;

  constructor(tables: StoreTables, branch: Branch, siblings: Siblings) {
    const { database } = tables;
    this.branch = branch;
    this.siblings = siblings;
    this.tables = tables;
    this.storeId = tables.storeId;
    this.database = database;
    this.meta = tables.meta;
    this.transaction = tables.transaction;
    this.counters = tables.counters;
    this.records = tables.records;
    this.memories = new MemoryRecords(database, branch);
    this.history = new History(database, branch);
    this.entries = new EntryTable(database, branch);
    this.inodeTable = new InodeTable(database, branch);
    this.inodes = new InodeCache(this.inodeTable);
    this.contents = tables.contents;
    this.xattrs = new XattrTable(database, branch);
    this.observations = new Observations(database, branch);
    this.expectations = new Expectations(database, branch);
    this.policy = tables.policy;
    this.refusals = new RefusalTable(database, branch);
    this.controlNodes = tables.controlNodes;
    this.logMarks = tables.logMarks;
    this.#openState = new OpenState(database, branch);
    this.#loadOpenState();
  }

  get maxFileBytes(): number {
    return this.tables.maxFileBytes;
  }

  /** After a rollback, and after its rows have gone. */
  reload(): void {
    this.entries.reload();
    this.xattrs.reload();
    this.observations.reload();
    this.expectations.reload();
    this.inodes.clear();
    this.#loadOpenState();
  }

  #loadOpenState(): void {
    this.handles.clear();
    this.#withWorkingState.clear();
    for (const handle of this.#openState.handles()) this.#addHandle({ ...handle, written: true });
    for (const state of this.#openState.workingStates()) {
      const resumed = WorkingState.resume(this.contents, state);
      this.#workingStored = true;
      if (resumed.isEmpty) continue;
      const inode = this.inodes.get(state.ino);
      inode.working.push(resumed);
      this.#withWorkingState.add(inode);
    }
    this.locks.load(this.#openState.locks());
    this.#handlesChanged = false;
  }

  /** Writes what is only in memory into the open transaction, so that committing it leaves nothing behind. */
  writeBack(): void {
    this.#storeWorkingStates();
    this.inodes.writeBack();
    if (this.#handlesChanged) this.#openState.storeHandles(this.handles.values());
    this.observations.store();
    if (this.locks.changed) this.#openState.storeLocks(this.locks.all());
    this.#handlesChanged = false;
    this.locks.changed = false;
  }

  #storeWorkingStates(): void {
    const states = [];
    for (const inode of this.#withWorkingState)
      for (const state of inode.working) states.push(state.store(inode.ino));
    if (states.length > 0 || this.#workingStored) this.#openState.storeWorkingStates(states);
    this.#workingStored = states.length > 0;
  }

  openHandle(handle: Omit<WriteHandle, 'id' | 'written' | 'edited'>): WriteHandle {
    const opened = { id: this.counters.next('handle'), ...handle, written: false, edited: false };
    this.#addHandle(opened);
    return opened;
  }

  setEdited(handle: WriteHandle, edited = true): void {
    if (handle.edited === edited) return;
    (handle as { edited: boolean }).edited = edited;
    this.#handlesChanged = true;
  }

  handlesOf(ino: number, connection: number): WriteHandle[] {
    return [...this.handles.values()].filter(
      (handle) => handle.ino === ino && handle.connection === connection,
    );
  }

  #addHandle(handle: WriteHandle): void {
    this.handles.set(handle.id, handle);
    this.inodes.get(handle.ino).writers++;
    this.#handlesChanged = true;
  }

  closeHandle(handle: WriteHandle): void {
    if (!this.handles.delete(handle.id)) return;
    const inode = this.inodes.find(handle.ino);
    if (inode !== undefined) inode.writers--;
    this.#handlesChanged = true;
  }

  /** The directory `ino`; throws `not_a_directory`, or `not_found` for one that has been removed. */
  directory(ino: number): Inode {
    const inode = this.inodes.get(ino);
    if (!isDirectory(inode.mode)) throw refusal('not_a_directory', `inode ${ino} is not a directory`);
    if (inode.nlink === 0) throw refusal('not_found', 'the directory has been removed');
    return inode;
  }

  entry(parent: number, name: Uint8Array): Entry {
    const entry = this.entries.find(parent, name);
    if (entry === undefined) throw refusal('not_found', 'no such file or directory');
    return entry;
  }

  /** Whether a new name in this directory would be part of history. */
  isVersionedName(parent: Inode, name: Uint8Array, directory: boolean): boolean {
    return this.isVersioned(parent) && !this.tables.isUnversionedName(name, directory);
  }

  /** Whether any name of the inode lies in the versioned part of the tree. */
  isVersioned(inode: Inode): boolean {
    inode.versioned ??= inode.ino === rootIno || this.versionedEntry(inode) !== undefined;
    return inode.versioned;
  }

  /** The first name of the inode that history knows or will know. */
  versionedEntry(inode: Inode): Entry | undefined {
    const directory = isDirectory(inode.mode);
    return this.entries
      .ofInode(inode.ino)
      .find(
        ({ parent, name, from_seq }) =>
          from_seq !== null || this.isVersionedName(this.inodes.get(parent), name, directory),
      );
  }

  /** `/`-rooted path of a name, as raw bytes. */
  pathOf(parent: number, name: Uint8Array): Buffer {
    const parts: Uint8Array[] = [name, slash];
    for (let ino = parent; ino !== rootIno; ) {
      const [entry] = this.entries.ofInode(ino);
      if (entry === undefined) throw new MemfsError('internal', `directory ${ino} has no name`);
      parts.push(entry.name, slash);
      ino = entry.parent;
    }
    return Buffer.concat(parts.reverse());
  }

  /** The working state of one mount, begun from the committed content if there is none. */
  workingState(inode: Inode, connection: number, actor: Actor, nowMs: number): WorkingState {
    const known = workingOf(inode, connection);
    if (known !== undefined) return known;
    const state = new WorkingState(this.contents, connection, inode.content, actor, nowMs);
    inode.working.push(state);
    this.#withWorkingState.add(inode);
    return state;
  }

  /** The same, about to be changed in place. */
  edit(inode: Inode, connection: number, actor: Actor, nowMs: number): WorkingState {
    const state = this.workingState(inode, connection, actor, nowMs);
    state.isDue = false;
    state.actor = actor;
    state.changedMs = nowMs;
    return state;
  }

  dropWorkingState(inode: Inode, state: WorkingState): void {
    inode.working.splice(inode.working.indexOf(state), 1);
    if (inode.working.length === 0) this.#withWorkingState.delete(inode);
  }

  /** Every uncommitted content, of every mount. */
  uncommitted(): { readonly inode: Inode; readonly state: WorkingState }[] {
    return [...this.#withWorkingState].flatMap((inode) => inode.working.map((state) => ({ inode, state })));
  }
}

const slash = Buffer.from('/');

/** The spool lies beside the database. */
export const spoolPath = (databasePath: string): string => `${databasePath.replace(/\.db$/, '')}.spool`;
