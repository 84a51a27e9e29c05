import type { OnConflict, Precondition } from '../../core/conflicts.js';
import type { Actor } from '../../core/model.js';
import type { Commit } from '../policy.js';
import type { Moment } from './clock.js';
import type { Workspace } from './workspace.js';

/** The caller of a mutation, and its kernel request; `unique` 0: it is none of the kernel's. */
export interface Origin {
  readonly connection: number;
  readonly unique: bigint;
  readonly resent: boolean;
  readonly actor: Actor;
  /** Which thread of it asks, as the kernel numbers them; absent or 0: not known. */
  readonly thread?: number;
  /** Absent: writes have no precondition. */
  readonly rules?: WriteRules;
  /** An import of the owner's: what may be written within a minute does not hold for it. */
  readonly isUnlimited?: true;
}

/** Preconditions of writes, and what happens when they fail. */
export interface WriteRules {
  readonly precondition: Precondition;
  readonly onConflict: OnConflict;
}

/**
 * All that an operation may use besides the workspace and its arguments. An operation is a function of these three
 * alone (no clock, no randomness, no I/O of its own), so that carrying out its spool frame again gives the same.
 */
export interface OperationContext {
  readonly workspace: Workspace;
  readonly connection: number;
  readonly actor: Actor;
  readonly now: Moment;
  readonly rules: WriteRules;
  /** Must be called after the last check that can refuse, before the first change. */
  begin(): void;
  /** Losing this operation with the process harms nobody: its frame is written with the next one. */
  mayBeLost(): void;
  /** Returns the flags that the policy notes about a version. Throws `refused_by_policy`. */
  judge(commit: Commit): readonly string[];
  /** 16 bytes that nobody can guess. */
  salt(): Buffer;
  /** Other mounts of the branch must not go on with what they cached: attributes only, or the pages too. */
  changedAttributes(ino: number): void;
  changedContent(ino: number, workspace?: Workspace): void;
  /** The pages of this mount itself are not what the file holds. */
  changedOwnContent(ino: number): void;
  /** A name in the directory stands for something else now. `was`: the directory that it stood for, if it did. */
  changedName(parent: number, name: Uint8Array, was: number | null): void;
  /** The same, and not because this mount's kernel asked for it. */
  changedOwnName(parent: number, name: Uint8Array): void;
}

/** `args` and the result are JSON; names in them are binary strings (one char a byte). */
export type Operation<Args, Result> = (context: OperationContext, args: Args, payload: Buffer) => Result;

export const toBinaryString = (name: Buffer): string => name.toString('latin1');
export const fromBinaryString = (name: string): Buffer => Buffer.from(name, 'latin1');
