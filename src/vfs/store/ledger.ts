import { asMemfsError, MemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import { mainBranch } from '../../journal/branches.js';
import { Spool } from '../../journal/spool.js';
import { UnansweredTable } from '../../journal/unanswered.js';
import { type ArgsOf, type OperationName, operations, type ResultOf } from '../operations/all.js';
import type { LimitReached } from '../store.js';
import type { Clock, Moment } from './clock.js';
import type { Origin } from './operation.js';
import { type Changes, type Frame, LiveContext, numberOfRules, ReplayContext } from './operation-contexts.js';
import type { Workspace } from './workspace.js';
import type { Workspaces } from './workspaces.js';
import type { WriteLimits } from './write-limits.js';
import { type Need, needOf, writtenBytes } from './write-needs.js';

/** Group commits come this soon after the first mutation, in milliseconds. */
const groupMs = 50;
const retryMs = 1000;
/** How long results of an earlier engine are kept for requests that the kernel sends again. */
const unansweredMs = 30_000;

/**
 * Carries out mutations: validate, apply, append to the spool, and only then may the caller acknowledge.
 *
 * A mutation that fails half-way, a full disk and a killed engine are undone in the same way: roll the group
 * transaction back and carry out the frames of the spool again. A request that the kernel sends again after its
 * engine died finds here whether it was carried out, and with what result.
 */
export class Ledger {
  readonly #workspaces: Workspaces;
  readonly #spool: Spool;
  readonly #clock: Clock;
  readonly #unanswered: UnansweredTable;
  readonly #results = new Map<string, unknown>();
  /** How many of them the table holds. */
  #resultsStored = 0;
  readonly #replayed: [Workspace, Changes][] = [];
  readonly #startedMs: number;
  /** Who is in the frame before; compared by identity, so that a frame that could do without names it again. */
  #lastActor: Actor = nobody;
  #timer: NodeJS.Timeout | undefined;
  #broken: MemfsError | null = null;
  /** Why mutations are refused, if they are. */
  damaged: string | null = null;
  /** Null: there are none. */
  limits: WriteLimits | null = null;
  onLimit: (reached: Pick<LimitReached, 'session' | 'limit' | 'message'>) => void = () => {};
  onCommit: () => void = () => {};
  /** The journal has a new record, and losing the process does not lose it. */
  onRecord: () => void = () => {};
  onChanges: (workspace: Workspace, changes: Changes) => void = () => {};

  constructor(workspaces: Workspaces, spoolPath: string, clock: Clock) {
    this.#workspaces = workspaces;
    this.#clock = clock;
    this.#startedMs = clock().ms;
    this.#unanswered = new UnansweredTable(workspaces.tables.database);
    this.#spool = new Spool(spoolPath, workspaces.tables.generation);
    for (const { connection, request, result } of this.#unanswered.all())
      this.#results.set(`${connection}:${request}`, result);
    this.#resultsStored = this.#results.size;
    this.#replay((frame, context) => {
      for (const changes of changesOf(context)) this.#replayed.push(changes);
      if (frame.u !== undefined) this.#results.set(`${frame.c}:${frame.u} ${frame.o}`, frame.r);
    });
  }

  /** What an earlier engine changed since its last group commit; empty from the second call on. */
  takeReplayed(): [Workspace, Changes][] {
    return this.#replayed.splice(0);
  }

  now(): Moment {
    return this.#clock();
  }

  run<Name extends OperationName>(
    workspace: Workspace,
    name: Name,
    origin: Origin,
    args: ArgsOf<Name>,
    payload?: Buffer,
  ): ResultOf<Name> {
    if (origin.resent) {
      const key = `${origin.connection}:${origin.unique} ${name}`;
      if (this.#results.has(key)) return this.#results.get(key) as ResultOf<Name>;
    }
    if (this.#broken !== null) throw this.#broken;
    if (this.damaged !== null)
      throw new MemfsError('read_only', `the journal is damaged: ${this.damaged}`, {
        hint: 'memfsd store salvage makes a new store of what it still holds',
      });
    if (this.#spool.isFormer) this.commit();
    if (workspace.branch.id !== mainBranch.id) this.#workspaces.withId(workspace.branch.id);
    const need =
      this.limits === null ? null : needOf(workspace, name, args, payload ?? nothing, origin.connection);
    if (need !== null && need.isRest !== true) this.#limit(workspace, need, origin);
    const { head } = workspace.records;
    const context = new LiveContext(workspace, origin, this.#clock());
    const result = this.#apply(name, context, args, payload ?? nothing);
    if (!context.begun) return result;
    this.#append(name, origin, context, args, result, payload);
    this.#schedule(groupMs);
    if (context.changes !== null) this.onChanges(workspace, context.changes);
    if (context.elsewhere !== null)
      for (const [other, changes] of context.elsewhere) this.onChanges(other, changes);
    const records = workspace.records.head - head;
    if (records > 0) this.onRecord();
    if (this.limits !== null && (need !== null || records > 0)) {
      const bytes = need === null ? 0 : writtenBytes(need);
      this.limits.spent(bytes, takingAway.has(name) ? 0 : records, origin.actor, origin.isUnlimited === true);
    }
    return result;
  }

  /** Throws `quota`. Only the first refusal of a minute is kept: a loop must not fill the store with them. */
  #limit(workspace: Workspace, need: Need, origin: Origin): void {
    const exceeded = this.limits!.exceeded(need, origin.actor, origin.isUnlimited === true);
    if (exceeded === null) return;
    const { error, isNews, session, limit } = exceeded;
    if (isNews) {
      const { ino, name, operation } = need;
      const reason = `${error.message}. ${error.hint}`;
      try {
        this.run(
          workspace,
          'refuseByLimit',
          { ...origin, unique: 0n, resent: false },
          { ino, name, operation, reason },
        );
      } catch {
        // A full disk; whoever asks hears of it all the same.
      }
      this.onLimit({ session, limit, message: error.message });
    }
    throw error;
  }

  #apply<Name extends OperationName>(
    name: Name,
    context: LiveContext,
    args: ArgsOf<Name>,
    payload: Buffer,
  ): ResultOf<Name> {
    try {
      const operation = operations[name] as (...all: unknown[]) => ResultOf<Name>;
      return operation(context, args, payload);
    } catch (error) {
      if (context.begun) this.#recover();
      throw asMemfsError(error);
    }
  }

  #append(
    name: OperationName,
    { connection, unique, actor, rules }: Origin,
    context: LiveContext,
    args: unknown,
    result: unknown,
    payload?: Buffer,
  ): void {
    const { now, salts, workspace } = context;
    const writeRules = numberOfRules(rules);
    const frame: Frame = {
      o: name,
      a: args,
      ...(workspace.branch.id === mainBranch.id ? {} : { b: workspace.branch.id }),
      c: connection,
      ...(unique === 0n ? {} : { u: String(unique) }),
      ...(actor === this.#lastActor ? {} : { p: named(actor) }),
      ...(writeRules === 0 ? {} : { w: writeRules }),
      t: [now.sec, now.nsec, now.ms],
      ...(salts.length === 0 ? {} : { s: salts.map((salt) => salt.toString('base64')) }),
      ...(context.verdicts.every(({ verdict }) => verdict === 'accept') ? {} : { v: context.verdicts }),
      r: result,
    };
    this.#lastActor = actor;
    try {
      if (context.losable) this.#spool.appendLater(frame);
      else this.#spool.append(frame, payload);
    } catch (error) {
      this.#recover();
      throw asMemfsError(error);
    }
  }

  #replay(seen: (frame: Frame, context: ReplayContext) => void): void {
    let actor: Actor = nobody;
    this.#lastActor = nobody;
    for (const { header, payload } of this.#spool.frames()) {
      const frame = header as Frame;
      if (frame.p !== undefined) actor = actorNamed(frame.p);
      const operation = operations[frame.o] as (...all: unknown[]) => unknown;
      const context = new ReplayContext(this.#workspaces.withId(frame.b ?? mainBranch.id), frame, actor);
      operation(context, frame.a, payload);
      seen(frame, context);
    }
    if (!this.#spool.isEmpty) this.#schedule(groupMs);
  }

  /** Back to the last group commit, then forward again through the spool. */
  #recover(): void {
    try {
      this.#spool.flush();
    } catch {
      // A full disk: what waited there may be lost.
    }
    try {
      this.#workspaces.reload();
      this.#replay(() => {});
      this.#broken = null;
    } catch (error) {
      this.#broken = asMemfsError(error);
      this.#schedule(retryMs);
    }
  }

  #schedule(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#broken !== null) this.#recover();
      if (this.#broken === null) this.#tryCommit();
    }, ms);
  }

  #tryCommit(): void {
    try {
      this.commit();
    } catch {
      this.#schedule(retryMs);
    }
  }

  /** Puts everything so far into the database. On failure (a full disk) the spool still holds it all. */
  commit(): void {
    const { transaction, generation } = this.#workspaces.tables;
    if (this.#broken !== null) throw this.#broken;
    if (!transaction.isOpen && this.#spool.isEmpty && !this.#spool.isFormer) return;
    let next: Buffer;
    try {
      transaction.begin();
      next = generation.renew();
      this.#keepUnanswered();
      this.#workspaces.writeBack();
      transaction.commit();
      this.#resultsStored = this.#results.size;
    } catch (error) {
      this.#recover();
      throw asMemfsError(error);
    }
    this.#spool.restart(next);
    this.#lastActor = nobody;
    this.onCommit();
  }

  /** The same, and leaves no byte of what was carried out in the spool. */
  purge(): void {
    this.commit();
    this.#spool.clear();
  }

  /** Resolves when a loss of power does not bring back what `purge` took away. */
  syncSpool(): Promise<void> {
    return this.#spool.sync();
  }

  /** The spool that proves what was carried out is about to go: results not asked for yet move to a table. */
  #keepUnanswered(): void {
    if (this.#clock().ms - this.#startedMs > unansweredMs) this.#results.clear();
    if (this.#results.size !== this.#resultsStored) this.#unanswered.store(this.#results);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.purge();
    this.#spool.close();
  }
}

function* changesOf({ workspace, changes, elsewhere }: ReplayContext): Generator<[Workspace, Changes]> {
  if (changes !== null) yield [workspace, changes];
  yield* elsewhere ?? [];
}

type ActorName = NonNullable<Frame['p']>;

const named = ({ agent, session, claimed }: Actor): ActorName =>
  claimed === true ? [agent, session, true] : [agent, session];

const actorNamed = ([agent, session, claimed]: ActorName): Actor =>
  claimed === true ? { agent, session, claimed } : { agent, session };

const nobody: Actor = { agent: '', session: '' };
const nothing = Buffer.alloc(0);
/** Their records are no versions. */
const takingAway: ReadonlySet<OperationName> = new Set<OperationName>([
  'unlink',
  'rmdir',
  'removeContents',
  'dropBranch',
]);
