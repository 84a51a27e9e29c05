import { randomFillSync } from 'node:crypto';
import { asMemfsError, MemfsError, refusal } from '../core/errors.js';
import type { Actor } from '../core/model.js';
import { Spool } from '../journal/spool.js';
import { UnansweredTable } from '../journal/unanswered.js';
import type { Clock, Moment } from './clock.js';
import type { OperationContext, Origin } from './operation.js';
import { type ArgsOf, type OperationName, operations, type ResultOf } from './operations/all.js';
import type { Workspace } from './workspace.js';

/** What other mounts may have cached and must not go on with. */
export interface Changes {
  readonly connection: number;
  readonly attributes: readonly number[];
  readonly contents: readonly number[];
  readonly directories: readonly number[];
}

/** One mutation in the spool: its name, arguments, origin, time, salts and result. */
interface Frame {
  readonly o: OperationName;
  readonly a: unknown;
  readonly c: number;
  /** Of a kernel request. */
  readonly u?: string;
  /** Absent: the same as in the frame before. */
  readonly p?: readonly [agent: string, session: string];
  readonly t: readonly [sec: number, nsec: number, ms: number];
  readonly s?: readonly string[];
  readonly r: unknown;
}

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
  readonly #workspace: Workspace;
  readonly #spool: Spool;
  readonly #clock: Clock;
  readonly #unanswered: UnansweredTable;
  readonly #results = new Map<string, unknown>();
  readonly #startedMs: number;
  /** Who is in the frame before; compared by identity, so that a frame that could do without names it again. */
  #lastActor: Actor = nobody;
  #timer: NodeJS.Timeout | undefined;
  #broken: MemfsError | null = null;
  /** Why mutations are refused, if they are. */
  damaged: string | null = null;
  onCommit: () => void = () => {};
  onChanges: (changes: Changes) => void = () => {};

  constructor(workspace: Workspace, spoolPath: string, clock: Clock) {
    this.#workspace = workspace;
    this.#clock = clock;
    this.#startedMs = clock().ms;
    this.#unanswered = new UnansweredTable(workspace.database);
    this.#spool = new Spool(spoolPath, workspace.counters.peek('spool'));
    for (const { connection, request, result } of this.#unanswered.all())
      this.#results.set(`${connection}:${request}`, result);
    this.#replay((frame) => {
      if (frame.u !== undefined) this.#results.set(`${frame.c}:${frame.u}`, frame.r);
    });
  }

  get spoolBytes(): number {
    return this.#spool.bytes;
  }

  now(): Moment {
    return this.#clock();
  }

  run<Name extends OperationName>(
    name: Name,
    origin: Origin,
    args: ArgsOf<Name>,
    payload?: Buffer,
  ): ResultOf<Name> {
    if (origin.resent) {
      const key = `${origin.connection}:${origin.unique}`;
      if (this.#results.has(key)) return this.#results.get(key) as ResultOf<Name>;
    }
    if (this.#broken !== null) throw this.#broken;
    if (this.damaged !== null) throw refusal('read_only', `the journal is damaged: ${this.damaged}`);
    const context = new LiveContext(this.#workspace, origin, this.#clock());
    const result = this.#apply(name, context, args, payload ?? nothing);
    if (!context.begun) return result;
    this.#append(name, origin, context, args, result, payload);
    this.#schedule(groupMs);
    if (context.changes !== null) this.onChanges({ connection: origin.connection, ...context.changes });
    return result;
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
    { connection, unique, actor }: Origin,
    context: LiveContext,
    args: unknown,
    result: unknown,
    payload?: Buffer,
  ): void {
    const { now, salts } = context;
    const frame: Frame = {
      o: name,
      a: args,
      c: connection,
      ...(unique === 0n ? {} : { u: String(unique) }),
      ...(actor === this.#lastActor ? {} : { p: [actor.agent, actor.session] }),
      t: [now.sec, now.nsec, now.ms],
      ...(salts.length === 0 ? {} : { s: salts.map((salt) => salt.toString('base64')) }),
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

  #replay(seen: (frame: Frame) => void): void {
    let actor: Actor = nobody;
    this.#lastActor = nobody;
    for (const { header, payload } of this.#spool.frames()) {
      const frame = header as Frame;
      if (frame.p !== undefined) actor = { agent: frame.p[0], session: frame.p[1] };
      const operation = operations[frame.o] as (...all: unknown[]) => unknown;
      operation(new ReplayContext(this.#workspace, frame, actor), frame.a, payload);
      seen(frame);
    }
    if (!this.#spool.isEmpty) this.#schedule(groupMs);
  }

  /** Back to the last group commit, then forward again through the spool. */
  #recover(): void {
    try {
      this.#workspace.reload();
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
    const { transaction, counters } = this.#workspace;
    if (this.#broken !== null) throw this.#broken;
    if (!transaction.isOpen && this.#spool.isEmpty) return;
    try {
      transaction.begin();
      counters.next('spool');
      this.#keepUnanswered();
      this.#workspace.writeBack();
      transaction.commit();
    } catch (error) {
      this.#recover();
      throw asMemfsError(error);
    }
    this.#spool.restart(counters.peek('spool'));
    this.#lastActor = nobody;
    this.onCommit();
  }

  /** The spool that proves what was carried out is about to go: results not asked for yet move to a table. */
  #keepUnanswered(): void {
    if (this.#results.size === 0) return;
    if (this.#clock().ms - this.#startedMs > unansweredMs) this.#results.clear();
    this.#unanswered.store(this.#results);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.commit();
    this.#spool.clear();
    this.#spool.close();
  }
}

const nobody: Actor = { agent: '', session: '' };
const nothing = Buffer.alloc(0);
const saltPool = Buffer.alloc(4096);
let saltsUsed = saltPool.length;

function freshSalt(): Buffer {
  if (saltsUsed === saltPool.length) {
    randomFillSync(saltPool);
    saltsUsed = 0;
  }
  saltsUsed += 16;
  return Buffer.from(saltPool.subarray(saltsUsed - 16, saltsUsed));
}

class LiveContext implements OperationContext {
  readonly workspace: Workspace;
  readonly connection: number;
  readonly actor: Origin['actor'];
  readonly now: Moment;
  readonly salts: Buffer[] = [];
  begun = false;
  losable = false;
  changes: { attributes: number[]; contents: number[]; directories: number[] } | null = null;

  constructor(workspace: Workspace, { connection, actor }: Origin, now: Moment) {
    this.workspace = workspace;
    this.connection = connection;
    this.actor = actor;
    this.now = now;
  }

  readonly begin = (): void => {
    this.begun = true;
    this.workspace.transaction.begin();
  };

  mayBeLost(): void {
    this.losable = true;
  }

  salt(): Buffer {
    const salt = freshSalt();
    this.salts.push(salt);
    return salt;
  }

  changedAttributes(ino: number): void {
    this.#changes().attributes.push(ino);
  }

  changedContent(ino: number): void {
    this.#changes().contents.push(ino);
  }

  changedNames(directory: number): void {
    this.#changes().directories.push(directory);
  }

  #changes() {
    this.changes ??= { attributes: [], contents: [], directories: [] };
    return this.changes;
  }
}

class ReplayContext implements OperationContext {
  readonly workspace: Workspace;
  readonly connection: number;
  readonly actor: Origin['actor'];
  readonly now: Moment;
  readonly #salts: readonly string[];
  #used = 0;

  constructor(workspace: Workspace, { c, t, s }: Frame, actor: Actor) {
    this.workspace = workspace;
    this.connection = c;
    this.actor = actor;
    this.now = { sec: t[0], nsec: t[1], ms: t[2] };
    this.#salts = s ?? [];
  }

  readonly begin = (): void => this.workspace.transaction.begin();

  salt(): Buffer {
    const salt = this.#salts[this.#used++];
    if (salt === undefined) throw new MemfsError('corrupt', 'the spool does not fit the database');
    return Buffer.from(salt, 'base64');
  }

  mayBeLost(): void {}
  changedAttributes(): void {}
  changedContent(): void {}
  changedNames(): void {}
}
