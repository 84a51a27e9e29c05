import type { MountRequest, MountSummary } from '../../api/endpoints/mounts.js';
import type { BeginRequest, LiveSession } from '../../api/endpoints/sessions.js';
import type { StoreSummary } from '../../api/endpoints/stores.js';
import type { ActorRequest } from '../../api/parameters.js';
import type { Precondition } from '../../core/conflicts.js';
import { MemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { LogQuery, LogRecord } from '../../core/records.js';
import { isWithin } from '../../core/scope.js';
import type { StoreView } from '../../vfs/store.js';
import { summaryOf } from '../catalog.js';
import type { SessionGrant } from '../mounts/session-grants.js';
import { isRefusal } from '../sessions/session-activity.js';
import type { ControlCaller } from './caller.js';
import type { ControlParts } from './parts.js';

const strictness: readonly Precondition[] = ['off', 'observed', 'strict'];

export interface SessionFacts {
  readonly session: string;
  readonly agent: string;
  /** Nobody vouches for it: the environment of its process says so. */
  readonly claimed: boolean;
  /** False: nobody has begun it, and no process on a mount has named itself so. It sees nothing. */
  readonly isKnown: boolean;
  /** By now, also while a request is answered. */
  readonly isEnded: boolean;
  /** By now. Of a store that is named several times the first decides. */
  readonly grants: readonly SessionGrant[];
}

/**
 * A process that belongs to a session: it is shown the stores that it was given, under their scopes, and acts in its own
 * name. Other stores are not there, and other sessions are none of its business. Against accidents, not against a hostile
 * process of the same user (docs/security.md).
 */
export class SessionCaller implements ControlCaller {
  readonly session: string;
  readonly #parts: ControlParts;
  readonly #facts: SessionFacts;

  constructor(parts: ControlParts, facts: SessionFacts) {
    this.session = facts.session;
    this.#parts = parts;
    this.#facts = facts;
  }

  requireOwner(what: string): void {
    this.#refuse(what);
  }

  requireWhole(reference: string): void {
    if (this.#own(reference).scope.rules.length > 0)
      throw this.#refusal('this session may not see all of the store');
  }

  requireSelf(session: string, what: string): void {
    if (session !== this.session) this.#refuse(what);
  }

  refused(error: MemfsError): void {
    if (isRefusal(error)) this.#parts.sessions.activity.refused(this.session);
  }

  /** Only a reviewer may see other branches. */
  onBranch(name: string): SessionCaller {
    const facts = this.#facts;
    const onIt = (): readonly SessionGrant[] => facts.grants.filter(({ branch }) => branch === name);
    if (onIt().length === 0) throw this.#refusal(`no mount of this session shows the branch "${name}"`);
    return new SessionCaller(this.#parts, {
      ...facts,
      get isEnded() {
        return facts.isEnded;
      },
      get grants() {
        return onIt();
      },
    });
  }

  /** The server decides, whatever agent is asked for. Throws when it is asked for another session, or has ended. */
  actor({ session: asked }: ActorRequest): Actor {
    const { session, agent, claimed, isEnded } = this.#facts;
    this.requireSelf(asked ?? session, 'act in the name of another session');
    if (isEnded)
      throw new MemfsError(
        'access_denied',
        `the session has ended: it changes nothing any more (${session})`,
        { hint: `outside of the session: memfsd session begin --session ${session}` },
      );
    return claimed ? { agent, session, claimed } : { agent, session };
  }

  view(reference: string): StoreView {
    const { store, branch, scope } = this.#own(reference);
    return this.#parts.stores.get(store).branch(branch, scope);
  }

  /** The loop that answers the kernel goes on between pages, also while there is nothing to show. */
  async *log(reference: string, query: LogQuery): AsyncGenerator<LogRecord> {
    for (let next: LogQuery | null = query; next !== null; ) {
      const page = this.view(reference).logPage(next);
      yield* page.records;
      next = page.next;
      await new Promise(setImmediate);
    }
  }

  stores(): StoreSummary[] {
    const { catalog, stores } = this.#parts;
    const { grants } = this.#facts;
    const all = catalog.listStores().map((row) => ({ ...summaryOf(row), problem: stores.problem(row) }));
    return all.filter(({ id }) => grants.some(({ store }) => store === id));
  }

  /** Its own, and those of other sessions that it was seen to work on: a path on them must be understood. */
  mounts(): MountSummary[] {
    const worked = this.#parts.sessions.registry
      .grants(this.session)
      .flatMap(({ claimed, connection }) => (claimed === 1 ? [connection] : []));
    return this.#parts.mounts
      .list()
      .filter(({ session, connection }) => session === this.session || worked.includes(connection));
  }

  mountActor(request: MountRequest): Actor {
    const own = this.#own(request.store);
    if (request.branch !== own.branch) return this.onBranch(request.branch).mountActor(request);
    const actor = this.actor(request);
    if (!isWithin({ mode: request.scope, rules: request.allow }, own.scope))
      throw this.#refusal(
        'a session may not mount more than it has: --read-only and each --allow must be given again',
      );
    if (strictness.indexOf(request.precondition) < strictness.indexOf(own.precondition))
      throw this.#refusal(`a session may not mount under a weaker precondition than ${own.precondition}`);
    if (request.allow_other || request.suid_dev)
      throw this.#refusal('a session may not open its mount to others: without --allow-other and --suid-dev');
    return actor;
  }

  requireOwnMount(path: string): void {
    const mounts = this.#parts.mounts.list();
    if (!mounts.some((mount) => mount.path === path && mount.session === this.session))
      throw this.#refusal('a session may only unmount what is its own');
  }

  /** It is told of itself, for a process that it has been begun for. */
  begin({ session, pid }: BeginRequest): LiveSession {
    const { sessions } = this.#parts;
    if (!sessions.isBegunFor(pid, this.session)) this.#refuse('begin a session');
    this.requireSelf(session ?? this.session, 'begin a session');
    return sessions.summary(this.session);
  }

  /** It may tell what happened in it, as a hook does, until it has ended. */
  transcripts(): ReturnType<ControlCaller['transcripts']> {
    const { session, agent, grants } = this.#facts;
    if (grants.length === 0) this.#refuse('add transcripts before it has worked with a store');
    const own = this.#parts.transcripts.broughtBy(session);
    return {
      source: own.source,
      ingest: async (request, chunks) => {
        this.actor({});
        return own.ingest({ ...request, agent }, this.#untilEnded(chunks));
      },
      end: async (id) => {
        this.actor({});
        return own.end(id);
      },
    };
  }

  async *#untilEnded<T>(parts: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const part of parts) {
      this.actor({});
      yield part;
    }
  }

  #own(reference: string): SessionGrant {
    const { catalog } = this.#parts;
    const { grants, isKnown } = this.#facts;
    const own = grants.find(({ store }) => store === catalog.findStore(reference)?.id);
    if (own !== undefined) return own;
    if (isKnown) throw catalog.noStore(reference);
    throw new MemfsError('not_found', `there is no store "${reference}"`, {
      hint: `nothing is known of the session "${this.session}", so it sees nothing: it is known once it has opened a file on a mount, or outside of it memfsd mount --session, memfsd run or memfsd session begin has begun it`,
    });
  }

  #refusal(message: string): MemfsError {
    return new MemfsError('access_denied', `${message} (${this.session})`, {
      hint: 'run it outside of the session, without MEMFSD_SESSION in the environment',
    });
  }

  #refuse(what: string): never {
    throw this.#refusal(`a process of a session may not ${what}`);
  }
}
