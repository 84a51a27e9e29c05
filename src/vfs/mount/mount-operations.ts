import { asMemfsError, type MemfsError, mayPass, refusal } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { Deferred, RequestContext } from '../filesystem.js';
import type { ArgsOf, OperationName, ResultOf } from '../operations/all.js';
import { isNews } from '../operations/preconditions.js';
import type { Refuse } from '../operations/refuse.js';
import type { BranchLedger } from '../store/branch-ledger.js';
import type { Coherence } from '../store/coherence.js';
import { type Inode, workingOf } from '../store/inode.js';
import type { Origin, WriteRules } from '../store/operation.js';
import { rulesOf } from '../store/operation-contexts.js';
import type { Workspace } from '../store/workspace.js';
import type { MountView } from '../store.js';
import type { WritesUnderWay } from './writes-under-way.js';

/** Not a request of the kernel, or not the result of one. */
const unasked = { unique: 0n, resent: false, pid: 0 };

type Asking = Pick<RequestContext, 'unique' | 'resent' | 'pid'>;

export interface MountParts {
  readonly workspace: Workspace;
  readonly ledger: BranchLedger;
  readonly coherence: Coherence;
}

/** The mutations of one mount: who asks, under which rules, and what becomes of what is refused. */
export class MountOperations {
  /** Nobody's request: what the mount itself has to do. */
  readonly internal: Origin;
  readonly #workspace: Workspace;
  readonly #ledger: BranchLedger;
  readonly #coherence: Coherence;
  readonly #view: MountView;
  readonly #rules: WriteRules;
  readonly #underWay: WritesUnderWay;

  constructor({ workspace, ledger, coherence }: MountParts, view: MountView, underWay: WritesUnderWay) {
    this.#underWay = underWay;
    this.#workspace = workspace;
    this.#ledger = ledger;
    this.#coherence = coherence;
    this.#view = view;
    this.#rules = rulesOf(view);
    this.internal = this.#origin(unasked, view.actor);
  }

  #origin({ unique, resent, pid }: Asking, actor: Actor): Origin {
    const { connection } = this.#view;
    return { connection, unique, resent, actor, thread: pid, rules: this.#rules };
  }

  /** Returns the session of a process: its own, if it names one, else the mount's. */
  actorOf({ pid }: RequestContext): Actor {
    return this.#view.claimOf?.(pid) ?? this.#view.actor;
  }

  /** The same for a change. Throws `access_denied` when that session has ended. */
  changerOf(context: RequestContext): Actor {
    const actor = this.actorOf(context);
    this.checkEnded(actor);
    return actor;
  }

  checkEnded(actor: Actor): void {
    if (this.#view.mayChange?.(actor) === false)
      throw refusal('access_denied', `the session ${actor.session} has ended`);
  }

  /** Attribution is by the session that opened the file, whoever writes through the descriptor. */
  writerOf(handle: number): Actor {
    return this.#workspace.handles.get(handle)?.actor ?? this.#view.actor;
  }

  run<Name extends OperationName>(
    context: RequestContext,
    name: Name,
    args: ArgsOf<Name>,
    actor = this.changerOf(context),
    payload?: Buffer,
  ): ResultOf<Name> {
    return this.#ledger.run(name, this.#origin(context, actor), args, payload);
  }

  /** The same for what may be refused: then what was wanted is kept before the error goes out. */
  attempt<Name extends OperationName>(
    context: RequestContext,
    name: Name,
    args: ArgsOf<Name>,
    wanted: () => Refuse | undefined,
    actor = this.changerOf(context),
    payload?: Buffer,
  ): ResultOf<Name> {
    try {
      return this.run(context, name, args, actor, payload);
    } catch (thrown) {
      const error = asMemfsError(thrown);
      const refused = isRefusal(error) ? wanted() : undefined;
      if (refused !== undefined && error.code === 'conflict')
        this.run(context, 'refuse', refused, actor, payload);
      else if (refused !== undefined)
        this.run(context, 'refuseByPolicy', { ...refused, reason: error.message }, actor);
      throw error;
    }
  }

  /** From now on the writes of the session are measured against what it reads. */
  observe(context: RequestContext, inode: Inode, actor: Actor): void {
    if (this.#ledger.damaged !== null || !isNews(this.#workspace, inode, actor)) return;
    try {
      this.run(context, 'observeVersion', { ino: inode.ino }, actor);
    } catch (thrown) {
      // A full disk must not keep anybody from reading.
      if (!mayPass(asMemfsError(thrown))) throw thrown;
    }
  }

  /** Null, or why it could not be committed; what was refused is kept. */
  commit(context: RequestContext, args: ArgsOf<'commit'>): MemfsError | null {
    const { ino, handle } = args;
    const refusedBefore = context.resent ? this.#refusedBefore(context) : null;
    if (refusedBefore !== null) return refusedBefore;
    if (!this.#needsCommit(ino)) return null;
    const actor = handle === undefined ? this.#view.actor : this.writerOf(handle);
    const refused = (): Refuse =>
      handle === undefined ? { ino, operation: 'close' } : { ino, operation: 'close', handle };
    try {
      this.attempt(context, 'commit', args, refused, actor);
      return null;
    } catch (thrown) {
      const error = asMemfsError(thrown);
      if (isRefusal(error)) return error;
      throw error;
    }
  }

  /** The same of all that this mount has written to the file: what each handle has appended is a version of its own. */
  commitAll(context: RequestContext, ino: number, duringAppend: boolean): MemfsError | null {
    const inode = this.#workspace.inodes.find(ino);
    const state = inode && workingOf(inode, this.#view.connection);
    const how = duringAppend ? ({ own: true, duringAppend: true } as const) : ({ own: true } as const);
    let failure: MemfsError | null = null;
    // Only the last one is what the request asked for: its result stands for all of them when it comes again.
    for (const { handle } of [...(state?.appended.tails ?? [])])
      failure = this.commit({ ...context, ...unasked }, { ino, handle, ...how }) ?? failure;
    return this.commit(context, { ino, own: true }) ?? failure;
  }

  /** An engine that died has refused it and kept its bytes, and nobody was told. */
  #refusedBefore(context: RequestContext): MemfsError | null {
    if (this.#ledger.hasResult(context, 'refuse'))
      return refusal('conflict', 'another session has changed it; what was written is kept as a conflict');
    if (this.#ledger.hasResult(context, 'refuseByPolicy'))
      return refusal('refused_by_policy', 'the policy has refused what was written');
    return null;
  }

  #needsCommit(ino: number): boolean {
    const inode = this.#workspace.inodes.find(ino);
    if (inode === undefined || inode.nlink === 0) return false;
    return inode.version === null || workingOf(inode, this.#view.connection) !== undefined;
  }

  /** Commits what this mount has written to a file, and waits until other mounts see it. */
  publish(context: RequestContext, ino: number): Deferred<void> {
    const whole = this.#underWay.ended(ino, null, context.pid);
    return whole === undefined
      ? this.#publish(context, ino, true)
      : whole.then((isWhole) => this.#publish(context, ino, isWhole));
  }

  #publish(context: RequestContext, ino: number, isWhole: boolean): Deferred<void> {
    // What is refused is kept, and its writer hears of it at its next open: a lock must pass on all the same.
    const inode = this.#workspace.inodes.find(ino);
    if (inode !== undefined && workingOf(inode, this.#view.connection) !== undefined)
      this.commitAll({ ...context, ...unasked }, ino, !isWhole);
    return this.settled();
  }

  /** Other mounts ask again for the directories that this one has renamed or removed. */
  renamed(): Deferred<void> {
    return this.#coherence.renamed(this.#view.connection);
  }

  /** Other mounts have dropped what they cached of the files that this one committed. */
  settled(): Deferred<void> {
    return this.#coherence.settled(this.#view.connection)?.then(() => {});
  }
}

const isRefusal = ({ code }: MemfsError): boolean => code === 'conflict' || code === 'refused_by_policy';
