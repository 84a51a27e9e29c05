import type { ConflictOutcome, ConflictSides, ControlService, Unmounted } from '../api/control.js';
import type { DreamService } from '../api/dreams.js';
import type {
  ActorRequest,
  ImportResult,
  MountRequest,
  MountSummary,
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
import type { SessionGrant } from './mounts.js';
import { isRefusal } from './sessions/session-activity.js';

const strictness: readonly Precondition[] = ['off', 'observed', 'strict'];

/** A session that calls. */
export interface SessionCaller {
  readonly session: string;
  readonly agent: string;
  /** Nobody vouches for it: the environment of its process says so. */
  readonly claimed: boolean;
  /** False: nobody has begun it, and no process on a mount has named itself so. It sees nothing. */
  readonly isKnown: boolean;
  readonly isEnded: boolean;
  /** Of a store that is named several times the first decides. */
  readonly grants: readonly SessionGrant[];
}

/**
 * The control API for a process that belongs to a session: the stores that it was given, under their scopes, and in its own
 * name. Other stores are not there, other sessions are none of its business, and what looks after stores or the daemon is
 * refused. Against accidents, not against a hostile process of the same user (docs/security.md).
 */
export class RestrictedControl implements ControlService {
  readonly #parts: ServiceParts;
  readonly #inner: EngineControl;
  readonly #caller: SessionCaller;

  constructor(parts: ServiceParts, caller: SessionCaller) {
    this.#parts = parts;
    this.#inner = new EngineControl(
      { ...parts, viewOf: (reference) => this.#view(reference), isSession: true },
      0,
    );
    this.#caller = caller;
  }

  #own(reference: string): SessionGrant {
    const { catalog } = this.#parts;
    const { grants, isKnown, session } = this.#caller;
    const own = grants.find(({ store }) => store === catalog.findStore(reference)?.id);
    if (own !== undefined) return own;
    if (isKnown) throw catalog.noStore(reference);
    throw new MemfsError('not_found', `there is no store "${reference}"`, {
      hint: `nothing is known of the session "${session}", so it sees nothing: it is known once it has opened a file on a mount, or outside of it memfsd mount --session, memfsd run or memfsd session begin has begun it`,
    });
  }

  /** What other branches hold is a reviewer's to see. */
  onBranch(name: string): RestrictedControl {
    const grants = this.#caller.grants.filter(({ branch }) => branch === name);
    if (grants.length === 0) throw this.#refusal(`no mount of this session shows the branch "${name}"`);
    return new RestrictedControl(this.#parts, { ...this.#caller, grants });
  }

  /** The server decides, whatever agent is asked for. Throws when it is asked for another session, or has ended. */
  actor({ session: asked }: ActorRequest): Actor {
    const { session, agent, claimed, isEnded } = this.#caller;
    this.#requireSelf(asked ?? session, 'act in the name of another session');
    if (isEnded)
      throw new MemfsError(
        'access_denied',
        `the session has ended: it changes nothing any more (${session})`,
        {
          hint: `outside of the session: memfsd session begin --session ${session}`,
        },
      );
    return claimed ? { agent, session, claimed } : { agent, session };
  }

  #requireSelf(session: string, what: string): void {
    if (session !== this.#caller.session) this.#refuse(what);
  }

  refused(error: MemfsError): void {
    if (isRefusal(error)) this.#parts.sessions.activity.refused(this.#caller.session);
  }

  get sessions(): SessionService {
    const { session } = this.#caller;
    const all = this.#parts.sessions;
    return {
      begin: (request) => {
        const isItself = all.isBegunFor(request.pid, session) && (request.session ?? session) === session;
        return isItself ? all.summary(session) : this.#refuse('begin a session');
      },
      end: async (asked) => {
        this.#requireSelf(asked, 'end another session');
        return all.end(session);
      },
      live: async () => (await all.live()).filter(({ id }) => id === session),
    };
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
    return new MemfsError('access_denied', `${message} (${this.#caller.session})`, {
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
    const { session, agent, grants } = this.#caller;
    const refuse = (): never => this.#refuse('read or delete transcripts');
    const broughtBy = (taken: readonly string[]): ReturnType<ServiceParts['transcriptsBroughtBy']> => {
      if (grants.length === 0) this.#refuse('add transcripts before it has worked with a store');
      return this.#parts.transcriptsBroughtBy({ session, taken });
    };
    return {
      source: (path, file) => broughtBy([]).source(path, file),
      end: (id) => broughtBy([]).end(id),
      ingest: (request, chunks) => broughtBy(this.#otherSessions()).ingest({ ...request, agent }, chunks),
      list: refuse,
      show: refuse,
      events: refuse,
      delete: refuse,
    };
  }

  #otherSessions(): string[] {
    const ids = this.#parts.sessions.registry.list().map(({ id }) => id);
    return ids.filter((id) => id !== this.#caller.session);
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
    const own = dreams.filter(({ store }) => this.#caller.grants.some((grant) => grant.store === store));
    const { session } = this.#caller;
    return { ...rest, session, mounts: this.listMounts(), stores: this.listStores(), dreams: own };
  }

  restart(): never {
    this.#refuse('restart the daemon');
  }

  stop(): never {
    this.#refuse('stop the daemon');
  }

  listStores(): StoreSummary[] {
    return this.#inner.listStores().filter(({ id }) => this.#caller.grants.some(({ store }) => store === id));
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
    this.#requireSelf(session, 'hear what another session has read');
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

  /** Its own, and those of other sessions that it was seen to work on: a path on them must be understood. */
  listMounts(): MountSummary[] {
    const { session } = this.#caller;
    const worked = this.#parts.sessions.registry
      .grants(session)
      .flatMap(({ claimed, connection }) => (claimed === 1 ? [connection] : []));
    return this.#inner
      .listMounts()
      .filter((mount) => mount.session === session || worked.includes(mount.connection));
  }

  async mount(request: MountRequest): Promise<MountSummary> {
    const own = this.#own(request.store);
    if (request.branch !== own.branch) return this.onBranch(request.branch).mount(request);
    const actor = this.actor(request);
    if (!isWithin({ mode: request.scope, rules: request.allow }, own.scope))
      throw this.#refusal(
        'a session may not mount more than it has: --read-only and each --allow must be given again',
      );
    if (strictness.indexOf(request.precondition) < strictness.indexOf(own.precondition))
      throw this.#refusal(`a session may not mount under a weaker precondition than ${own.precondition}`);
    if (request.allow_other || request.suid_dev)
      throw this.#refusal('a session may not open its mount to others: without --allow-other and --suid-dev');
    return this.#parts.mounts.mount(request, actor, false);
  }

  settled(): Promise<void> {
    return this.#inner.settled();
  }

  async unmount(path: string, lazy: boolean): Promise<Unmounted> {
    const { session } = this.#caller;
    if (!this.#inner.listMounts().some((mount) => mount.path === path && mount.session === session))
      throw this.#refusal('a session may only unmount what is its own');
    return this.#inner.unmount(path, lazy);
  }
}
