import type { ConflictOutcome, ConflictSides, ControlService } from '../api/control.js';
import type { DreamService } from '../api/dreams.js';
import type {
  ImportResult,
  MountRequest,
  MountSummary,
  Status,
  StoreDetail,
  StoreSummary,
  VerifyEvent,
} from '../api/protocol.js';
import type { ScheduleService } from '../api/schedules.js';
import type { StoreKeeping } from '../api/store-keeping.js';
import type { TranscriptService } from '../api/transcripts.js';
import { MemfsError } from '../core/errors.js';
import type { Actor } from '../core/model.js';
import { isWithin } from '../core/scope.js';
import type {
  BlameLine,
  Conflict,
  DiffEntry,
  LogQuery,
  LogRecord,
  Precondition,
  Resolution,
  SessionRead,
  StoreView,
  TreeEntry,
  VersionContent,
  VersionSelector,
} from '../vfs/store.js';
import { EngineControl, type ServiceParts } from './control-service.js';
import type { SessionMount } from './mounts.js';

const strictness: readonly Precondition[] = ['off', 'observed', 'strict'];

/**
 * The control API for a process that belongs to a session: the stores of its mounts, under their scopes. Other stores
 * are not there, and what looks after stores or the daemon is refused. Against accidents, not against a hostile
 * process of the same user.
 */
export class RestrictedControl implements ControlService {
  readonly #parts: ServiceParts;
  readonly #inner: EngineControl;
  readonly #session: string;
  readonly #mounts: readonly SessionMount[];

  /** `mounts`: of a store that is mounted several times the first decides. */
  constructor(parts: ServiceParts, session: string, mounts: readonly SessionMount[]) {
    this.#parts = parts;
    this.#inner = new EngineControl({ ...parts, viewOf: (reference) => this.#view(reference) });
    this.#session = session;
    this.#mounts = mounts;
  }

  #own(reference: string): SessionMount {
    const { catalog } = this.#parts;
    const own = this.#mounts.find(({ store }) => store === catalog.findStore(reference)?.id);
    if (own === undefined) throw catalog.noStore(reference);
    return own;
  }

  /** What other branches hold is a reviewer's to see. */
  onBranch(name: string): RestrictedControl {
    const own = this.#mounts.filter(({ branch }) => branch === name);
    if (own.length === 0) throw this.#refusal(`no mount of this session shows the branch "${name}"`);
    return new RestrictedControl(this.#parts, this.#session, own);
  }

  #view(reference: string): StoreView {
    const { store, branch, scope } = this.#own(reference);
    return this.#parts.stores.get(store).branch(branch, scope);
  }

  /** For what tells of all of a store. */
  #requireWhole(reference: string): void {
    if (this.#own(reference).scope.rules.length > 0)
      throw this.#refusal('this session may not see all of the store');
  }

  #refusal(message: string): MemfsError {
    return new MemfsError('access_denied', `${message} (${this.#session})`, {
      hint: 'run it outside of the session, without MEMFSD_SESSION in the environment',
    });
  }

  #refuse(what: string): never {
    throw this.#refusal(`a process of a session may not ${what}`);
  }

  get keeping(): StoreKeeping {
    return this.#refuse('look after stores as wholes');
  }

  /** It may tell what happened in it, as a hook does. Transcripts hold what other sessions were shown. */
  get transcripts(): TranscriptService {
    const { source, ingest, end } = this.#inner.transcripts;
    const refuse = (): never => this.#refuse('read or delete transcripts');
    return { source, ingest, end, list: refuse, show: refuse, events: refuse, delete: refuse };
  }

  /** They quote what other sessions were shown, and deciding on them is a person's. */
  get dreams(): DreamService {
    return this.#refuse('look after dreams');
  }

  get schedules(): ScheduleService {
    return this.#refuse('decide when a store dreams');
  }

  get maxFileBytes(): number {
    return this.#inner.maxFileBytes;
  }

  status(): Status {
    const { dreams, ...rest } = this.#inner.status();
    const own = dreams.filter(({ store }) => this.#mounts.some((mount) => mount.store === store));
    return { ...rest, mounts: this.listMounts(), stores: this.listStores(), dreams: own };
  }

  stop(): never {
    this.#refuse('stop the daemon');
  }

  listStores(): StoreSummary[] {
    return this.#inner.listStores().filter(({ id }) => this.#mounts.some(({ store }) => store === id));
  }

  createStore(): never {
    this.#refuse('make stores');
  }

  async showStore(reference: string): Promise<StoreDetail> {
    this.#requireWhole(reference);
    return this.#inner.showStore(reference);
  }

  /** The loop that answers the kernel goes on between pages, also while there is nothing to show. */
  async *log(reference: string, query: LogQuery): AsyncGenerator<LogRecord> {
    const view = this.#view(reference);
    for (let next: LogQuery | null = query; next !== null; ) {
      const page = view.logPage(next);
      yield* page.records;
      next = page.next;
      await new Promise(setImmediate);
    }
  }

  follow(reference: string, query: LogQuery): AsyncIterable<LogRecord> {
    return this.#inner.follow(reference, query);
  }

  blame(reference: string, path: string, version: VersionSelector): Promise<BlameLine[]> {
    return this.#inner.blame(reference, path, version);
  }

  reads(reference: string, session: string): readonly SessionRead[] {
    return this.#inner.reads(reference, session);
  }

  show(reference: string, path: string, version: VersionSelector): VersionContent {
    return this.#inner.show(reference, path, version);
  }

  diff(
    reference: string,
    from: VersionSelector,
    to: VersionSelector,
    path: string | undefined,
  ): Iterable<DiffEntry> {
    return this.#inner.diff(reference, from, to, path);
  }

  write(
    reference: string,
    path: string,
    content: Uint8Array,
    actor: Actor,
    ifMatch: string | undefined,
  ): LogRecord {
    return this.#inner.write(reference, path, content, actor, ifMatch);
  }

  restore(reference: string, path: string, version: VersionSelector, actor: Actor): LogRecord {
    return this.#inner.restore(reference, path, version, actor);
  }

  redact(): never {
    this.#refuse('redact');
  }

  conflicts(reference: string, path: string | undefined): Iterable<Conflict> {
    return this.#inner.conflicts(reference, path);
  }

  conflict(reference: string, path: string, number: number): ConflictSides {
    return this.#inner.conflict(reference, path, number);
  }

  resolveConflict(
    reference: string,
    path: string,
    number: number,
    resolution: Resolution,
    actor: Actor,
  ): ConflictOutcome {
    return this.#inner.resolveConflict(reference, path, number, resolution, actor);
  }

  verify(reference: string): AsyncIterable<VerifyEvent> {
    this.#requireWhole(reference);
    return this.#inner.verify(reference);
  }

  importTree(reference: string, entries: AsyncIterable<TreeEntry>, actor: Actor): Promise<ImportResult> {
    return this.#inner.importTree(reference, entries, actor);
  }

  exportTree(reference: string, at: VersionSelector): Iterable<TreeEntry> {
    return this.#inner.exportTree(reference, at);
  }

  listMounts(): MountSummary[] {
    return this.#inner
      .listMounts()
      .filter((mount) => this.#mounts.some(({ store }) => store === mount.store));
  }

  async mount(request: MountRequest): Promise<MountSummary> {
    const own = this.#own(request.store);
    if (request.branch !== own.branch) return this.onBranch(request.branch).mount(request);
    if (!isWithin({ mode: request.scope, rules: request.allow }, own.scope))
      throw this.#refusal(
        'a session may not mount more than it has: --read-only and each --allow must be given again',
      );
    if (strictness.indexOf(request.precondition) < strictness.indexOf(own.precondition))
      throw this.#refusal(`a session may not mount under a weaker precondition than ${own.precondition}`);
    return this.#inner.mount(request);
  }

  settled(): Promise<void> {
    return this.#inner.settled();
  }

  async unmount(path: string): Promise<void> {
    const isVisible = this.listMounts().some((mount) => mount.path === path);
    if (isVisible && !this.#mounts.some((own) => own.path === path && !own.claimed))
      throw this.#refusal('a session may only unmount what is its own');
    if (!isVisible)
      throw new MemfsError('not_found', `no store is mounted at ${path}`, { hint: 'memfsd mounts' });
    await this.#inner.unmount(path);
  }
}
