/** What the control server serves: implemented by the engine. */
import type { MemfsError } from '../core/errors.js';
import type { Actor } from '../core/model.js';
import type {
  BlameLine,
  Conflict,
  DiffEntry,
  LogQuery,
  LogRecord,
  Resolution,
  SessionRead,
  TreeEntry,
  VersionContent,
  VersionSelector,
} from '../vfs/store.js';
import type { DreamService } from './dreams.js';
import type {
  ActorRequest,
  ImportResult,
  MountRequest,
  MountSummary,
  NewStoreRequest,
  RedactionBody,
  RestartRequest,
  Status,
  StoreDetail,
  StoreSummary,
  VerifyEvent,
} from './protocol.js';
import type { ScheduleService } from './schedules.js';
import type { SessionService } from './sessions.js';
import type { StoreKeeping } from './store-keeping.js';
import type { TranscriptService } from './transcripts.js';

/** A conflict with its contents, each null where there is none. */
export interface ConflictSides {
  readonly conflict: Conflict;
  readonly base: Iterable<Uint8Array> | null;
  readonly mine: Iterable<Uint8Array> | null;
  readonly theirs: Iterable<Uint8Array> | null;
}

/** `detached`: it was in use, and goes on for those who use it. */
export interface Unmounted {
  readonly detached: boolean;
}

export interface ConflictOutcome {
  readonly conflict: Conflict;
  /** The version that was made; null: what was there has stayed. */
  readonly record: LogRecord | null;
}

/** Stores are named by their `memstore_…` id or their local name. */
export interface ControlService {
  /** The same on a branch, for what looks into a store or changes what it shows; else it is main. */
  onBranch(name: string): ControlService;
  /** In whose name the caller acts. Throws `access_denied` for a name that is not the caller's to use. */
  actor(asked: ActorRequest): Actor;
  /** Hears of what the caller was refused. */
  refused(error: MemfsError): void;
  /** Largest content that one write may carry. */
  readonly maxFileBytes: number;

  status(): Status;
  /** Resolves when it has begun; what becomes of it the keeper tells. */
  restart(request: RestartRequest): Promise<void>;
  /** Answers at once; the daemon ends after the reply. */
  stop(): void;

  listStores(): StoreSummary[];
  createStore(request: NewStoreRequest): StoreSummary;
  showStore(store: string): Promise<StoreDetail>;
  readonly keeping: StoreKeeping;
  readonly transcripts: TranscriptService;
  readonly dreams: DreamService;
  readonly schedules: ScheduleService;
  readonly sessions: SessionService;

  log(store: string, query: LogQuery): Iterable<LogRecord> | AsyncIterable<LogRecord>;
  /** The same, and then each new record as soon as it is there, until the caller returns. */
  follow(store: string, query: LogQuery): AsyncIterable<LogRecord>;
  blame(store: string, path: string, version: VersionSelector): Promise<BlameLine[]>;
  reads(store: string, session: string): readonly SessionRead[];
  show(store: string, path: string, version: VersionSelector): VersionContent;
  diff(
    store: string,
    from: VersionSelector,
    to: VersionSelector,
    path: string | undefined,
  ): Iterable<DiffEntry>;
  write(
    store: string,
    path: string,
    content: Uint8Array,
    actor: Actor,
    ifMatch: string | undefined,
  ): LogRecord;
  restore(store: string, path: string, version: VersionSelector, actor: Actor): LogRecord;
  redact(store: string, versions: readonly string[], actor: Actor): Promise<RedactionBody>;
  /** At one path, or all; oldest first. */
  conflicts(store: string, path: string | undefined): Iterable<Conflict>;
  conflict(store: string, path: string, number: number): ConflictSides;
  resolveConflict(
    store: string,
    path: string,
    number: number,
    resolution: Resolution,
    actor: Actor,
  ): ConflictOutcome;
  verify(store: string): AsyncIterable<VerifyEvent>;
  importTree(store: string, entries: AsyncIterable<TreeEntry>, actor: Actor): Promise<ImportResult>;
  exportTree(store: string, at: VersionSelector): Iterable<TreeEntry>;

  /** What was changed by way of this service is what mounts show; after 2 s at the latest. */
  settled(): Promise<void>;
  listMounts(): MountSummary[];
  mount(request: MountRequest): Promise<MountSummary>;
  /** Throws `busy` when it is in use; `lazy`: then it goes out of sight and ends with its last user. */
  unmount(path: string, lazy: boolean): Promise<Unmounted>;
}
