import { asMemfsError, MemfsError, mayPass, refusal } from '../../core/errors.js';
import type { LimitReached } from '../../core/limits.js';
import type { Actor } from '../../core/model.js';
import { mainBranch } from '../../journal/branches/branches.js';
import { Spool } from '../../journal/spool/spool.js';
import { failureAt, failureToWrite } from '../../journal/storage-failure.js';
import { type ArgsOf, type OperationName, operations, type ResultOf } from '../operations/all.js';
import type { Clock, Moment } from './clock.js';
import { actorNamed, type Done, frameOf } from './frames.js';
import type { Need } from './need.js';
import type { Origin } from './operation.js';
import { type Changes, type Frame, LiveContext, ReplayContext } from './operation-contexts.js';
import { Unanswered } from './unanswered.js';
import { spoolPath, type Workspace } from './workspace.js';
import type { Workspaces } from './workspaces.js';
import type { WriteLimits } from './write-limits.js';
import { needOf, versionsOf } from './write-needs.js';

/** Group commits come this soon after the first mutation, in milliseconds. */
const groupMs = 50;
const retryMs = 1000;

/** Told of what the ledger does. */
export interface LedgerListeners {
  /** The group is in the database. */
  onCommit(): void;
  /** The spool of an earlier engine is in the database, and has yet to reach the disk before the spool goes. */
  onCarriedOver(): void;
  /** The database can, or cannot, be written to: see `trouble`. Called from the constructor too. */
  onTrouble(trouble: MemfsError | null): void;
  /** The journal has a new record, and losing the process does not lose it. */
  onRecord(): void;
  /** Other mounts of the branch must not go on with what they cached. */
  onChanges(workspace: Workspace, changes: Changes): void;
  /** A session has come to a limit, for the first time in this minute. */
  onLimit(reached: Pick<LimitReached, 'session' | 'limit' | 'message'>): void;
}

/**
 * Carries out mutations: validate, apply, append to the spool, and only then may the caller acknowledge.
 *
 * A mutation that fails half-way, a full disk and a killed engine are undone in the same way: roll the group
 * transaction back and carry out the frames of the spool again. A request that the kernel sends again after its
 * engine died finds here whether it was carried out, and with what result.
 */
export class Ledger {
  readonly #path: string;
  readonly #workspaces: Workspaces;
  readonly #spool: Spool;
  readonly #clock: Clock;
  readonly #unanswered: Unanswered;
  readonly #listeners: LedgerListeners;
  readonly #replayed: [Workspace, Changes][] = [];
  /** The frames of an earlier engine were carried out. */
  #isLoaded = false;
  /** And are only in the spool yet. */
  #isCarriedOver = false;
  /** The actor of the frame before; compared by identity, so that a frame that could do without names it again. */
  #lastActor: Actor = nobody;
  #timer: NodeJS.Timeout | undefined;
  #broken: MemfsError | null = null;
  #trouble: MemfsError | null = null;
  /**
   * Why a frame of the spool cannot be carried out, and how many before it can. Nothing is committed then, and the spool stays
   * as it is.
   */
  #misfit: string | null = null;
  #fitting = Number.POSITIVE_INFINITY;
  #damaged: string | null = null;
  #isHeld = false;
  /** Null: there are none. */
  limits: WriteLimits | null = null;

  /** `path`: of the database. */
  constructor(workspaces: Workspaces, path: string, clock: Clock, listeners: LedgerListeners) {
    this.#path = path;
    this.#workspaces = workspaces;
    this.#clock = clock;
    this.#listeners = listeners;
    this.#unanswered = new Unanswered(workspaces.tables.database, clock().ms);
    this.#spool = new Spool(spoolPath(path), workspaces.tables.generation);
    this.#carryOut();
    this.#isCarriedOver = !this.#spool.isEmpty;
  }

  /**
   * Why the database cannot be written to for the moment: no room, or a lock of another program. It is tried again every
   * second; reads go on, and so do mutations for which there is room. Null: it can.
   */
  get trouble(): MemfsError | null {
    return this.#trouble;
  }

  /** Why mutations are refused for good, if they are. */
  get damaged(): string | null {
    if (this.#misfit === null) return this.#damaged;
    const file = spoolPath(this.#path);
    return `change ${this.#fitting + 1} in ${file} does not fit the store (${this.#misfit}); without that file the store is as it was before these changes`;
  }

  set damaged(reason: string | null) {
    this.#damaged = reason;
  }

  #setTrouble(trouble: MemfsError | null): void {
    const before = this.#trouble;
    this.#trouble = trouble;
    if (trouble !== null) this.#schedule(retryMs);
    if (before?.code === trouble?.code) return;
    this.#workspaces.tables.waitForLocks(trouble === null);
    this.#listeners.onTrouble(trouble);
  }

  /** Returns what was thrown, with its cause; from then on the database is in trouble, if that may pass. */
  #failure(thrown: unknown): MemfsError {
    if (thrown instanceof MemfsError) return thrown;
    const error = failureAt(this.#path, thrown);
    if (mayPass(error)) this.#setTrouble(error);
    return error;
  }

  /** Returns what an earlier engine changed after its last group commit; nothing from the second call on. */
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
    if (this.#unanswered.has(origin, name)) return this.#unanswered.result(origin, name) as ResultOf<Name>;
    if (this.#broken !== null) throw this.#broken;
    if (this.damaged !== null)
      throw new MemfsError('read_only', `the journal is damaged: ${this.damaged}`, {
        hint: 'memfsd store salvage makes a new store of what it still holds',
      });
    if (this.#spool.isFormer) this.commit();
    if (this.#trouble !== null) this.#reserve(payload?.length ?? 0);
    if (workspace.branch.id !== mainBranch.id) this.#workspaces.withId(workspace.branch.id);
    const need = this.limits === null ? null : needOf(workspace, name, args, payload ?? nothing, origin);
    if (need !== null) this.#limit(workspace, need, origin);
    const { head } = workspace.records;
    const context = new LiveContext(workspace, origin, this.#clock());
    const result = this.#apply(name, context, args, payload ?? nothing);
    if (!context.begun) return result;
    this.#append({ name, args, result }, origin, context, payload);
    this.#schedule(groupMs);
    if (context.changes !== null) this.#listeners.onChanges(workspace, context.changes);
    if (context.elsewhere !== null)
      for (const [other, changes] of context.elsewhere) this.#listeners.onChanges(other, changes);
    const records = workspace.records.head - head;
    if (records > 0) this.#listeners.onRecord();
    this.limits?.spent(need, versionsOf(name, records), origin.actor, origin.isUnlimited === true);
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
      this.#listeners.onLimit({ session, limit, message: error.message });
    }
    throw error;
  }

  /** Whether a request that comes again had been carried out as this operation. */
  hasResult(request: Pick<Origin, 'connection' | 'unique' | 'resent'>, name: OperationName): boolean {
    return this.#unanswered.has(request, name);
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
      const failure = this.#failure(error);
      if (context.begun) this.#recover();
      throw failure;
    }
  }

  /** On a full disk an operation that does not fit is refused before it has to be undone. */
  #reserve(payloadBytes: number): void {
    try {
      this.#spool.reserve(payloadBytes);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #append(done: Done, origin: Origin, context: LiveContext, payload?: Buffer): void {
    const frame = frameOf(done, origin, context, this.#lastActor);
    this.#lastActor = origin.actor;
    try {
      if (context.losable) this.#spool.appendLater(frame);
      else this.#spool.append(frame, payload);
    } catch (error) {
      const failure = this.#failure(error);
      this.#recover();
      throw failure;
    }
  }

  /** Back to the last group commit, then forward again through the spool. */
  #recover(): void {
    try {
      this.#spool.flush();
    } catch {
      // A full disk: what waited there may be lost.
    }
    this.#carryOut();
  }

  /** Carries out what the spool holds, on what was committed. */
  #carryOut(): void {
    try {
      do this.#workspaces.reload();
      while (!this.#replay());
      this.#broken = null;
    } catch (error) {
      this.#broken = this.#failure(error);
      this.#schedule(retryMs);
    }
  }

  /** False: a frame does not fit what is there, and has been carried out in part; the next time it is left out. */
  #replay(): boolean {
    let actor: Actor = nobody;
    let number = 0;
    this.#lastActor = nobody;
    if (!this.#isLoaded) this.#replayed.length = 0;
    // What is carried out again must be there to read, though it may not fit on the disk.
    this.#workspaces.tables.keepInMemory(true);
    for (const { header, payload } of this.#spool.frames()) {
      if (number === this.#fitting) break;
      const frame = header as Frame;
      if (frame.p !== undefined) actor = actorNamed(frame.p);
      try {
        this.#replayFrame(frame, actor, payload);
      } catch (thrown) {
        const error = this.#failure(thrown);
        if (mayPass(error) || isInputOutput(thrown)) throw error;
        this.#fitting = number;
        this.#misfit = error.message;
        return false;
      }
      number++;
    }
    this.#isLoaded = true;
    if (!this.#spool.isEmpty) this.#schedule(groupMs);
    return true;
  }

  #replayFrame(frame: Frame, actor: Actor, payload: Buffer): void {
    const operation = operations[frame.o] as (...all: unknown[]) => unknown;
    const context = new ReplayContext(this.#workspaces.withId(frame.b ?? mainBranch.id), frame, actor);
    operation(context, frame.a, payload);
    if (this.#isLoaded) return;
    for (const changes of changesOf(context)) this.#replayed.push(changes);
    this.#unanswered.add(frame);
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
      if (this.#trouble !== null) this.#setTrouble(this.#stillInTrouble());
    } catch {
      this.#schedule(retryMs);
    }
  }

  #stillInTrouble(): MemfsError | null {
    const { transaction, database } = this.#workspaces.tables;
    try {
      transaction.begin();
      transaction.rollback(database);
      this.#spool.reserve(0);
    } catch (error) {
      return failureAt(this.#path, error);
    }
    return failureToWrite(this.#path);
  }

  /** Puts everything so far into the database. On failure (a full disk) the spool still holds it all. */
  commit(): void {
    const { transaction, generation } = this.#workspaces.tables;
    if (this.#broken !== null) throw this.#broken;
    if (this.#misfit !== null) throw refusal('read_only', `the journal is damaged: ${this.damaged}`);
    if (this.#isHeld) throw refusal('busy', 'a sync that failed is being made good');
    if (!transaction.isOpen && this.#spool.isEmpty && !this.#spool.isFormer) return;
    let next: Buffer;
    try {
      transaction.begin();
      next = generation.renew();
      this.#unanswered.store(this.#clock().ms);
      this.#workspaces.writeBack();
      transaction.commit();
      this.#unanswered.committed();
      if (this.#isCarriedOver) this.#listeners.onCarriedOver();
      this.#isCarriedOver = false;
    } catch (error) {
      const failure = this.#failure(error);
      this.#recover();
      throw failure;
    }
    this.#spool.restart(next);
    this.#workspaces.tables.keepInMemory(false);
    this.#lastActor = nobody;
    this.#listeners.onCommit();
  }

  /**
   * While the WAL is written again after a sync that failed, nothing is committed, and the open transaction has no page in it:
   * such pages are among those that may be lost.
   */
  hold(isHeld: boolean): void {
    const { tables } = this.#workspaces;
    this.#isHeld = isHeld;
    if (!isHeld) return;
    if (tables.transaction.isOpen) this.#recover();
    tables.keepInMemory(true);
  }

  /** The same, and leaves no byte of what was carried out in the spool. */
  purge(): void {
    this.commit();
    this.#spool.clear();
  }

  /** To sync the spool after `purge`. */
  get spoolDescriptor(): number {
    return this.#spool.descriptor;
  }

  /** Commits and closes. Frames that could not be committed stay in the spool, for the next opening. */
  close(): void {
    try {
      this.purge();
    } catch (error) {
      if (!mayPass(asMemfsError(error))) throw error;
    } finally {
      clearTimeout(this.#timer);
      this.#spool.close();
    }
  }
}

/** The disk, not the frame. */
const isInputOutput = (thrown: unknown): boolean =>
  /^(SQLITE_IOERR|EIO)/.test(String((thrown as { readonly code?: unknown } | null)?.code));

function* changesOf({ workspace, changes, elsewhere }: ReplayContext): Generator<[Workspace, Changes]> {
  if (changes !== null) yield [workspace, changes];
  yield* elsewhere ?? [];
}

const nobody: Actor = { agent: '', session: '' };
const nothing = Buffer.alloc(0);
