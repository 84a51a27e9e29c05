import { randomFillSync } from 'node:crypto';
import { MemfsError, refusal } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { OperationName } from '../operations/all.js';
import type { Commit, Verdict } from '../policy.js';
import type { Moment } from './clock.js';
import type { OperationContext, Origin, WriteRules } from './operation.js';
import type { Workspace } from './workspace.js';

/** Changes of what other mounts may have cached. */
export interface Changes {
  readonly connection: number;
  readonly attributes: readonly number[];
  readonly contents: readonly number[];
  /** Contents whose pages the connection itself must drop. */
  readonly own: readonly number[];
  readonly names: readonly ChangedName[];
}

export interface ChangedName {
  readonly parent: number;
  readonly name: Uint8Array;
  /** The directory that it stood for; null: it was no directory's. */
  readonly was: number | null;
  /** The connection itself has not asked for it. */
  readonly own: boolean;
}

/** One mutation in the spool: its name, arguments, origin, time, salts and result. */
export interface Frame {
  readonly o: OperationName;
  readonly a: unknown;
  /** The branch; absent: main. */
  readonly b?: number;
  readonly c: number;
  /** The id of a kernel request. */
  readonly u?: string;
  /** Absent: the same as in the frame before. */
  readonly p?: readonly [agent: string, session: string, claimed?: true];
  /** Index of the rules for writes; absent: 0. */
  readonly w?: number;
  readonly t: readonly [sec: number, nsec: number, ms: number];
  readonly s?: readonly string[];
  /** Verdicts of the policy, when one was more than yes: it may say something else when the frame is replayed. */
  readonly v?: readonly Verdict[];
  readonly r: unknown;
}

/** By the number that a frame carries: append only. */
const rulesByNumber: readonly WriteRules[] = [
  { precondition: 'off', onConflict: 'refuse' },
  { precondition: 'observed', onConflict: 'refuse' },
  { precondition: 'strict', onConflict: 'refuse' },
  { precondition: 'observed', onConflict: 'merge' },
  { precondition: 'strict', onConflict: 'merge' },
];

export const noRules: WriteRules = rulesByNumber[0]!;
export const observedRules: WriteRules = rulesByNumber[1]!;

/** The one object for these rules, so that a frame can name it by its number. */
export const rulesOf = ({ precondition, onConflict }: WriteRules): WriteRules =>
  rulesByNumber.find((rules) => rules.precondition === precondition && rules.onConflict === onConflict) ??
  noRules;

export const numberOfRules = (rules: WriteRules | undefined): number =>
  rules === undefined ? 0 : rulesByNumber.indexOf(rules);

interface ChangeLists extends Changes {
  readonly attributes: number[];
  readonly contents: number[];
  readonly own: number[];
  readonly names: ChangedName[];
}

const accepted: Verdict = { verdict: 'accept' };
const nothingNoted: readonly string[] = [];

/** Shared by both ways of carrying out an operation. */
abstract class RecordingContext implements OperationContext {
  readonly workspace: Workspace;
  readonly connection: number;
  readonly actor: Actor;
  readonly now: Moment;
  readonly rules: WriteRules;
  /** Null while nothing has changed that other mounts may have cached. */
  changes: ChangeLists | null = null;
  /** The same on other branches than the operation's own. */
  elsewhere: Map<Workspace, ChangeLists> | null = null;

  constructor(workspace: Workspace, connection: number, actor: Actor, now: Moment, rules: WriteRules) {
    this.rules = rules;
    this.workspace = workspace;
    this.connection = connection;
    this.actor = actor;
    this.now = now;
  }

  abstract begin(): void;
  abstract mayBeLost(): void;
  abstract salt(): Buffer;
  protected abstract verdictOn(commit: Commit): Verdict;

  judge(commit: Commit): readonly string[] {
    const judgement = this.verdictOn(commit);
    if (judgement.verdict === 'refuse') throw refusal('refused_by_policy', judgement.reason);
    return judgement.verdict === 'flag' ? judgement.flags : nothingNoted;
  }

  changedAttributes(ino: number): void {
    this.#lists().attributes.push(ino);
  }

  changedContent(ino: number, workspace = this.workspace): void {
    const lists = workspace === this.workspace ? this.#lists() : this.#listsOf(workspace);
    lists.contents.push(ino);
  }

  changedOwnContent(ino: number): void {
    this.#lists().own.push(ino);
  }

  changedName(parent: number, name: Uint8Array, was: number | null): void {
    this.#lists().names.push({ parent, name, was, own: false });
  }

  changedOwnName(parent: number, name: Uint8Array): void {
    this.#lists().names.push({ parent, name, was: null, own: true });
  }

  #lists(): ChangeLists {
    const { connection } = this;
    this.changes ??= { connection, attributes: [], contents: [], own: [], names: [] };
    return this.changes;
  }

  #listsOf(workspace: Workspace): ChangeLists {
    this.elsewhere ??= new Map();
    const { connection } = this;
    const known = this.elsewhere.get(workspace);
    const lists = known ?? { connection, attributes: [], contents: [], own: [], names: [] };
    this.elsewhere.set(workspace, lists);
    return lists;
  }
}

/** An operation that somebody asks for now. */
export class LiveContext extends RecordingContext {
  readonly salts: Buffer[] = [];
  readonly verdicts: Verdict[] = [];
  begun = false;
  losable = false;

  constructor(workspace: Workspace, { connection, actor, rules }: Origin, now: Moment) {
    super(workspace, connection, actor, now, rules ?? noRules);
  }

  override begin(): void {
    // Where this fails (another program has locked the file), nothing has changed yet.
    this.workspace.transaction.begin();
    this.begun = true;
  }

  override mayBeLost(): void {
    this.losable = true;
  }

  override verdictOn(commit: Commit): Verdict {
    const { policy } = this.workspace;
    if (policy === null) return accepted;
    const verdict = policy(commit);
    this.verdicts.push(verdict);
    return verdict;
  }

  override salt(): Buffer {
    const salt = freshSalt();
    this.salts.push(salt);
    return salt;
  }
}

/** An operation that is carried out again from its frame. */
export class ReplayContext extends RecordingContext {
  readonly #salts: readonly string[];
  #used = 0;
  readonly #verdicts: Verdict[];

  constructor(workspace: Workspace, { c, t, s, v, w }: Frame, actor: Actor) {
    super(workspace, c, actor, { sec: t[0], nsec: t[1], ms: t[2] }, rulesByNumber[w ?? 0]!);
    this.#salts = s ?? [];
    this.#verdicts = [...(v ?? [])];
  }

  override begin(): void {
    this.workspace.transaction.begin();
  }

  override mayBeLost(): void {}

  override verdictOn(): Verdict {
    return this.#verdicts.shift() ?? accepted;
  }

  override salt(): Buffer {
    const salt = this.#salts[this.#used++];
    if (salt === undefined) throw new MemfsError('corrupt', 'the spool does not fit the database');
    return Buffer.from(salt, 'base64');
  }
}

const saltBytes = 16;
const saltPool = Buffer.alloc(256 * saltBytes);
let saltsUsed = saltPool.length;

function freshSalt(): Buffer {
  if (saltsUsed === saltPool.length) {
    randomFillSync(saltPool);
    saltsUsed = 0;
  }
  saltsUsed += saltBytes;
  return Buffer.from(saltPool.subarray(saltsUsed - saltBytes, saltsUsed));
}
