import { BranchTable } from '../../journal/branches/branches.js';
import { ContentStore } from '../../journal/contents/contents.js';
import { SegmentStore } from '../../journal/contents/segments.js';
import { Counters } from '../../journal/counters.js';
import { lockWaitMs, openDatabase, type SqliteDatabase } from '../../journal/database.js';
import { GroupTransaction } from '../../journal/group-transaction.js';
import { StoreMeta } from '../../journal/meta.js';
import { LogMarks } from '../../journal/records/log-marks.js';
import { RecordLog } from '../../journal/records/records.js';
import { SpoolGeneration } from '../../journal/spool/spool-generation.js';
import { ControlNodeTable } from '../../journal/tree/control-nodes.js';
import type { CommitPolicy } from '../policy.js';
import type { StoreOptions } from '../store.js';
import { type NameFilter, unversionedNames } from './unversioned.js';

/** The part of the configuration that decides how operations end. */
type Configuration = Pick<StoreOptions, 'maxFileBytes' | 'unversioned'>;

/** Shared by the branches of a store: one journal, one transaction, contents that all may name. */
export class StoreTables {
  /** `memstore_…` */
  readonly storeId: string;
  readonly database: SqliteDatabase;
  readonly meta: StoreMeta;
  readonly transaction: GroupTransaction;
  readonly counters: Counters;
  readonly generation: SpoolGeneration;
  readonly branches: BranchTable;
  readonly records: RecordLog;
  readonly contents: ContentStore;
  readonly controlNodes: ControlNodeTable;
  readonly logMarks: LogMarks;
  /** Asked before a version is made. */
  readonly policy: CommitPolicy | null;
  #keepsInMemory = false;
  readonly isRunning: (thread: number) => boolean;
  maxFileBytes = 0;
  isUnversionedName: NameFilter = () => false;

  constructor(path: string, options: StoreOptions) {
    this.database = openDatabase(path, { mayStayOpen: true });
    this.meta = new StoreMeta(this.database);
    this.storeId = this.meta.storeId;
    this.transaction = new GroupTransaction(this.database);
    this.counters = new Counters(this.database);
    this.generation = new SpoolGeneration(this.database);
    this.branches = new BranchTable(this.database);
    this.records = new RecordLog(this.database);
    this.contents = new ContentStore(this.database, new SegmentStore(this.database), this.counters);
    this.controlNodes = new ControlNodeTable(this.database);
    this.logMarks = new LogMarks(this.database);
    this.policy = options.policy ?? null;
    this.isRunning = options.isRunning ?? (() => false);
    const before = this.meta.configuration;
    this.#apply(before === null ? options : (JSON.parse(before) as Configuration));
  }

  /** From now on; everything that ran under another configuration must have been committed. */
  configure({ maxFileBytes, unversioned }: Configuration): void {
    const json = JSON.stringify({ maxFileBytes, unversioned });
    if (json !== this.meta.configuration) this.meta.configuration = json;
    this.#apply({ maxFileBytes, unversioned });
  }

  /** While another program has the file locked, nobody waits for that on the loop that answers the kernel. */
  waitForLocks(waits: boolean): void {
    this.database.pragma(`busy_timeout = ${waits ? lockWaitMs : 0}`);
  }

  /** Changes of the open transaction do not go to the disk before it is committed, however many they are. */
  keepInMemory(does: boolean): void {
    if (does === this.#keepsInMemory) return;
    this.database.pragma(`cache_spill = ${does ? 'OFF' : 'ON'}`);
    this.#keepsInMemory = does;
  }

  #apply({ maxFileBytes, unversioned }: Configuration): void {
    this.maxFileBytes = maxFileBytes;
    this.isUnversionedName = unversionedNames(unversioned);
  }

  /** Back to what was committed. */
  reload(): void {
    this.transaction.rollback(this.database);
    this.counters.reload();
    this.branches.reload();
    this.records.reload();
    this.contents.reload();
  }
}
