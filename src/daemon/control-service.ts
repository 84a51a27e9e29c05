/** The control API's work, done with the engine's parts. */
import { randomBytes } from 'node:crypto';
import type { ConflictOutcome, ConflictSides, ControlService, Unmounted } from '../api/control.js';
import type { DreamService } from '../api/dreams.js';
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
} from '../api/protocol.js';
import type { ScheduleService } from '../api/schedules.js';
import type { SessionService } from '../api/sessions.js';
import type { StoreKeeping } from '../api/store-keeping.js';
import type { TranscriptService } from '../api/transcripts.js';
import { MemfsError } from '../core/errors.js';
import { newId } from '../core/ids.js';
import type { Actor } from '../core/model.js';
import type { IngestingSession } from '../sessions/ingest.js';
import type {
  BlameLine,
  Conflict,
  ConflictSide,
  DiffEntry,
  LogQuery,
  LogRecord,
  Resolution,
  SessionRead,
  StoreView,
  TreeEntry,
  VersionContent,
  VersionSelector,
} from '../vfs/store.js';
import { type Catalog, summaryOf } from './catalog.js';
import type { EngineDreams } from './dreams/dream-service.js';
import { LogFollower } from './follow-log.js';
import type { Mounts } from './mounts.js';
import type { EngineSessions } from './sessions/engine-sessions.js';
import type { Stores } from './stores.js';

/** Between two turns of the loop that answers the kernel. */
const slice = 5;

const countOf = { file: 'files', directory: 'directories', symlink: 'symlinks', link: 'links' } as const;

export interface ServiceParts {
  readonly catalog: Catalog;
  readonly stores: Stores;
  readonly mounts: Mounts;
  readonly keeping: StoreKeeping;
  readonly transcripts: TranscriptService;
  readonly transcriptsBroughtBy: (
    by: IngestingSession,
  ) => Pick<TranscriptService, 'source' | 'ingest' | 'end'>;
  readonly dreams: EngineDreams;
  readonly schedules: ScheduleService;
  readonly sessions: EngineSessions;
  /** The name of the user whose daemon it is. */
  readonly owner: string;
  readonly maxFileBytes: number;
  /** What a store may hold; 0: no limit. */
  readonly limitBytes: number;
  /** What the caller may read and change of a store; absent: all of it. */
  readonly viewOf?: (reference: string) => StoreView;
  /** The caller is a session: its imports are held to what it may write within a minute. */
  readonly isSession?: true;
  /** What `status` says besides mounts and stores. */
  readonly facts: () => Omit<Status, 'mounts' | 'stores' | 'dreams' | 'session'>;
  readonly restart: (request: RestartRequest) => Promise<void>;
  readonly stop: () => void;
}

/** For the owner, who may do everything, in any name. */
export class EngineControl implements ControlService {
  readonly #parts: ServiceParts;
  readonly #caller: number;

  /** `caller`: its process. */
  constructor(parts: ServiceParts, caller: number) {
    this.#parts = parts;
    this.#caller = caller;
  }

  onBranch(name: string): EngineControl {
    const viewOf = (reference: string): StoreView => this.#parts.stores.get(reference).branch(name);
    return new EngineControl({ ...this.#parts, viewOf }, this.#caller);
  }

  actor({ agent, session }: ActorRequest): Actor {
    return { agent: agent ?? this.#parts.owner, session: session ?? newId('session', randomBytes) };
  }

  refused(): void {}

  get sessions(): SessionService {
    return this.#parts.sessions.calledBy(this.#caller);
  }

  get keeping(): StoreKeeping {
    return this.#parts.keeping;
  }

  get transcripts(): TranscriptService {
    return this.#parts.transcripts;
  }

  get dreams(): DreamService {
    return this.#parts.dreams;
  }

  get schedules(): ScheduleService {
    return this.#parts.schedules;
  }

  #view(reference: string): StoreView {
    const { viewOf, stores } = this.#parts;
    return viewOf === undefined ? stores.get(reference) : viewOf(reference);
  }

  /** For a change. */
  #writable(reference: string): StoreView {
    const view = this.#view(reference);
    this.#parts.stores.writable(reference);
    return view;
  }

  get maxFileBytes(): number {
    return this.#parts.maxFileBytes;
  }

  status(): Status {
    return {
      ...this.#parts.facts(),
      session: null,
      mounts: this.listMounts(),
      stores: this.listStores().filter(({ archived }) => !archived),
      dreams: this.#parts.dreams.waiting().map(({ id, store, store_name, ended_at, counts }) => ({
        id,
        store,
        store_name,
        staged: counts.staged ?? 0,
        since: ended_at,
      })),
    };
  }

  restart(request: RestartRequest): Promise<void> {
    return this.#parts.restart(request);
  }

  stop(): void {
    this.#parts.stop();
  }

  listStores(): StoreSummary[] {
    const { catalog, stores } = this.#parts;
    return catalog.listStores().map((row) => ({ ...summaryOf(row), problem: stores.problem(row) }));
  }

  createStore(request: NewStoreRequest): StoreSummary {
    return summaryOf(this.#parts.stores.create(request.name, request.description));
  }

  async showStore(reference: string): Promise<StoreDetail> {
    const row = this.#parts.catalog.getStore(reference);
    const { stores } = this.#parts;
    const store = stores.get(row.id);
    const { head, memories, directories, versions, contentBytes, diskBytes, heldBytes, walBytes } =
      store.statistics();
    const { redacted, pruned, ...space } = await stores.space(row.id);
    return {
      ...summaryOf(row),
      head,
      memories,
      directories,
      versions,
      content_bytes: contentBytes,
      disk_bytes: diskBytes,
      held_bytes: heldBytes,
      limit_bytes: this.#parts.limitBytes || null,
      damaged: store.damaged,
      trouble: store.trouble,
      space: { ...space, wal: walBytes },
      redacted,
      pruned,
      branches: [...store.branches()],
    };
  }

  /** Lazily, page by page: no statement stays open while other requests are answered. */
  log(reference: string, query: LogQuery): Iterable<LogRecord> {
    return this.#view(reference).log(query);
  }

  follow(reference: string, query: LogQuery): AsyncIterable<LogRecord> {
    const view = this.#view(reference);
    const store = this.#parts.stores.get(reference);
    const source = {
      log: (page: LogQuery) => view.log(page),
      head: () => store.seqOf(undefined),
      changed: (signal: AbortSignal) => store.changed(signal),
    };
    return new LogFollower(source, query);
  }

  blame(reference: string, path: string, version: VersionSelector): Promise<BlameLine[]> {
    return this.#view(reference).blame(path, version);
  }

  reads(reference: string, session: string): readonly SessionRead[] {
    return this.#view(reference).reads(session);
  }

  show(reference: string, path: string, version: VersionSelector): VersionContent {
    return this.#view(reference).show(path, version);
  }

  diff(
    reference: string,
    from: VersionSelector,
    to: VersionSelector,
    path: string | undefined,
  ): Iterable<DiffEntry> {
    return this.#view(reference).diff(from, to, path);
  }

  write(
    reference: string,
    path: string,
    content: Uint8Array,
    actor: Actor,
    ifMatch: string | undefined,
  ): LogRecord {
    return this.#writable(reference).write(path, content, actor, ifMatch);
  }

  restore(reference: string, path: string, version: VersionSelector, actor: Actor): LogRecord {
    return this.#writable(reference).restore(path, version, actor);
  }

  async redact(reference: string, versions: readonly string[], actor: Actor): Promise<RedactionBody> {
    const store = this.#parts.stores.writable(reference);
    const { records, conflicts, stillIn } = await this.#parts.dreams.redact(store, versions, actor);
    return { records: [...records], conflicts, still_in: [...stillIn] };
  }

  conflicts(reference: string, path: string | undefined): Iterable<Conflict> {
    return this.#view(reference).conflicts(path === undefined ? {} : { path });
  }

  conflict(reference: string, path: string, number: number): ConflictSides {
    const store = this.#view(reference);
    const conflict = conflictOf(store, path, number);
    const side = (name: ConflictSide) => store.conflictContent(path, number, name);
    return { conflict, base: side('base'), mine: side('mine'), theirs: side('theirs') };
  }

  resolveConflict(
    reference: string,
    path: string,
    number: number,
    resolution: Resolution,
    actor: Actor,
  ): ConflictOutcome {
    const store = this.#writable(reference);
    const record = store.resolveConflict(path, number, resolution, actor);
    return { conflict: conflictOf(store, path, number), record };
  }

  async *verify(reference: string): AsyncGenerator<VerifyEvent> {
    const { stores } = this.#parts;
    // What a full disk does not take is not in the journal, which can be checked all the same.
    await stores.sync().catch(() => {});
    yield* stores.verify(reference);
  }

  async importTree(
    reference: string,
    entries: AsyncIterable<TreeEntry>,
    actor: Actor,
  ): Promise<ImportResult> {
    const view = this.#writable(reference);
    const result: ImportResult = { files: 0, directories: 0, symlinks: 0, links: 0, bytes: 0 };
    let began = performance.now();
    for await (const entry of entries) {
      refuseClimbing(entry.path);
      view.importEntry(entry, actor, this.#parts.isSession !== true);
      result[countOf[entry.kind]] += 1;
      if (entry.kind === 'file') result.bytes += entry.size;
      if (performance.now() - began > slice) {
        await new Promise(setImmediate);
        began = performance.now();
      }
    }
    await this.#parts.stores.get(reference).sync();
    return result;
  }

  *exportTree(reference: string, at: VersionSelector): Generator<TreeEntry> {
    try {
      yield* this.#view(reference).exportEntries(at);
    } catch (thrown) {
      throw this.#parts.stores.explained(reference, thrown);
    }
  }

  settled(): Promise<void> {
    return this.#parts.stores.settled();
  }

  listMounts(): MountSummary[] {
    return this.#parts.mounts.list();
  }

  async mount(request: MountRequest): Promise<MountSummary> {
    try {
      return await this.#parts.mounts.mount(request, this.actor(request), true);
    } catch (thrown) {
      throw this.#parts.stores.explained(request.store, thrown);
    }
  }

  async unmount(path: string, lazy: boolean): Promise<Unmounted> {
    const unmounted = await this.#parts.mounts.unmount(path, lazy);
    this.#parts.dreams.unmounted();
    return unmounted;
  }
}

function refuseClimbing(path: Buffer): void {
  const parts = path.toString('latin1').split('/');
  if (parts[0] !== '' || parts.includes('..') || path.includes(0))
    throw new MemfsError('invalid', `${path} is no path inside a store`);
}

function conflictOf(store: StoreView, path: string, number: number): Conflict {
  const conflict = store.conflicts({ path }).find((each) => each.number === number);
  if (conflict === undefined)
    throw new MemfsError('not_found', `${path} has no conflict ${number}`, {
      hint: 'memfsd conflicts STORE',
    });
  return conflict;
}
