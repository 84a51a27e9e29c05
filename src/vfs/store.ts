/**
 * One open store as the rest of the daemon sees it: mounts are attached to it, and the control API reads and
 * changes it. There is at most one of these per store on the machine; it owns the store's only write connection.
 */
import type { BranchInfo } from '../core/branches.js';
import type {
  Conflict,
  ConflictQuery,
  ConflictSide,
  OnConflict,
  Precondition,
  Resolution,
} from '../core/conflicts.js';
import type { LimitReached, WriteLimitOptions } from '../core/limits.js';
import type { Actor, RetentionPolicy } from '../core/model.js';
import type { LogPage, LogQuery, LogRecord } from '../core/records.js';
import type { Pruning, Redaction } from '../core/removals.js';
import type { Scope } from '../core/scope.js';
import type { StagedDream, StagedFile } from '../core/staged-dreams.js';
import type { StoreStatistics } from '../core/statistics.js';
import type { TreeEntry } from '../core/trees.js';
import type { BlameLine, DiffEntry, SessionRead, VersionContent, VersionSelector } from '../core/versions.js';
import type { FileSystem, KernelNotifier } from './filesystem.js';
import type { CommitPolicy } from './policy.js';

export interface MountView {
  /** Unique id of the mount over all time, a positive integer (catalog row). */
  readonly connection: number;
  /** The session of the mount; processes on it may belong to sessions of their own. */
  readonly actor: Actor;
  readonly scope: Scope;
  /** Absent: main. */
  readonly branch?: string;
  readonly precondition: Precondition;
  readonly onConflict: OnConflict;
  /** Where it is mounted and what the store is called here, for what the mount says of itself. */
  readonly place?: { readonly path: string; readonly storeName: string };
  /** The state of the past that it shows, read-only; absent: the present. */
  readonly at?: VersionSelector;
  /** Returns who a process says it is; undefined: it says nothing, so it is the mount's session. */
  readonly claimOf?: (pid: number) => Actor | undefined;
  /** False: the session has ended, and changes nothing any more. Absent: none has. */
  readonly mayChange?: (actor: Actor) => boolean;
}

/** The dreams of one store for its control tree, which asks at every look. */
export interface StagedDreams {
  list(): readonly StagedDream[];
  /** Returns a text of a dream, beside its trees; null: there is no such text. */
  file(dream: string, name: StagedFile): Uint8Array | null;
}

/** A branch of a store as the API and the command line work with it, past mounts. */
export interface StoreView {
  /** Returns where each line of a memory comes from. Throws `not_found`; `invalid` for a binary one. */
  blame(path: string, version?: VersionSelector): Promise<BlameLine[]>;
  /** Returns the versions that a session has read, in the order in which it did. */
  reads(session: string): readonly SessionRead[];
  /** Returns records as they are asked for: everything committed, no uncommitted working state. */
  log(query: LogQuery): Iterable<LogRecord>;
  logPage(query: LogQuery): LogPage;
  show(path: string, version?: VersionSelector): VersionContent;
  /**
   * Two states of the whole store or of what lies at `path`; absent selectors mean now. On a branch, what was up to its
   * `fork_seq` is main's: `diff(fork_seq, undefined)` is what the branch has changed.
   */
  diff(from: VersionSelector, to: VersionSelector, path?: string): Iterable<DiffEntry>;
  /** A new version with the content (and, where the path is free, the name) of an old one. */
  restore(path: string, version: VersionSelector, actor: Actor): LogRecord;
  /** One complete content. `ifMatch`: the SHA-256 (hex) that the present one must have, else `conflict`. */
  write(path: string, content: Uint8Array, actor: Actor, ifMatch?: string): LogRecord;
  /** Removes a file. `ifMatch` as in `write`. */
  remove(path: string, actor: Actor, ifMatch?: string): LogRecord;
  /** Removes an empty directory. Throws `not_empty`; also for the root. */
  removeDirectory(path: string, actor: Actor): LogRecord;
  /** Moves a file, with its history, to a path that is free; makes missing parents. */
  move(from: string, to: string, actor: Actor): LogRecord;
  /**
   * Makes missing parents; replaces a file; existing directories are kept. `isUnlimited`: what may be written within a
   * minute does not hold for it.
   */
  importEntry(entry: TreeEntry, actor: Actor, isUnlimited?: boolean): void;
  /** Depth first, parents before children, names in byte order; unversioned ones left out. */
  exportEntries(at?: VersionSelector): Iterable<TreeEntry>;
  /** Returns refused writes, oldest first. */
  conflicts(query: ConflictQuery): readonly Conflict[];
  /** Returns one side of a conflict in chunks of at most 256 KiB; null: there was none, or it was redacted. */
  conflictContent(path: string, number: number, side: ConflictSide): Iterable<Uint8Array> | null;
  /** A new version with the content that settles the conflict; `theirs` makes none. */
  resolveConflict(path: string, number: number, resolution: Resolution, actor: Actor): LogRecord | null;
}

export interface Store extends StoreView {
  readonly id: string;
  /** The journal was found damaged: everything can be read, every mutation is refused (`corrupt`). */
  readonly damaged: string | null;

  /** Why changes or syncs fail for the moment: no room, a lock of another program, a failed sync. Null: they do not. */
  readonly trouble: string | null;

  /** Ends what connections of earlier daemons left open: all but these are gone. Call it before `attach`. */
  retainConnections(alive: ReadonlySet<number>): void;
  /** A verification has found the journal damaged, or (null) sound: while it is damaged, mutations are refused. */
  setDamaged(reason: string | null): void;
  /** All mounts that an earlier engine served are attached again: they hear of what it may not have told them. */
  resume(): void;
  /** A file system for one mount. `notifier` reaches that mount's kernel caches. `settled` says when it may be used. */
  attach(view: MountView, notifier: KernelNotifier): FileSystem;

  /** Returns main first, then the others as they were made. */
  branches(): readonly BranchInfo[];
  /** Forks a branch from what is committed on main now. Throws `already_exists`, `invalid`. */
  createBranch(name: string, actor: Actor): BranchInfo;
  /**
   * Gives a branch up: what it shows goes, its records stay, and retention may take what nothing else holds. Throws
   * `not_found`, `busy` while it is mounted.
   */
  dropBranch(name: string, actor: Actor): void;
  /** Returns one branch as a scope (absent: the whole) shows it. Throws `not_found`. */
  branch(name: string, scope?: Scope): StoreView;

  /** The part of history that is kept; null: all of it. */
  retention: RetentionPolicy | null;
  /** Takes away what the policy does not keep, never the newest version of a living memory. */
  prune(actor: Actor): Promise<Pruning>;
  /** Returns what a policy would take away. */
  wouldPrune(policy: RetentionPolicy | null): Promise<Pruning>;
  /** Returns the sequence number that a selector names. Throws `not_found`, `invalid`. */
  seqOf(version: VersionSelector): number;
  /** Resolves at the next record; rejects with `interrupted` when the signal says so. */
  changed(signal: AbortSignal): Promise<void>;
  /** Returns main as a scope shows it, from outside of mounts: what its holder may not read is not there. */
  within(scope: Scope): StoreView;
  /**
   * Takes the contents of versions away for good, from the files of the store too; the chain still verifies. Throws
   * `conflict` for the present content of a file, `busy` while one is changed from it.
   */
  redact(versions: readonly (string | number)[], actor: Actor): Promise<Redaction>;
  statistics(): StoreStatistics;

  /**
   * Waits until mounts show what was changed past them, and what new mounts have changed. Resolves after 2 s at the
   * latest; nothing that a kernel waits for may wait for it.
   */
  settled(): Promise<void>;
  /** Everything acknowledged so far survives loss of power once this resolves. */
  sync(): Promise<void>;
  /** Commits every working state, empties the spool, checkpoints and closes. */
  close(): void;
}

export interface StoreOptions {
  /** Largest content of one file on a mount, in bytes (EFBIG above). */
  readonly maxFileBytes: number;
  /** Basename patterns of what is durable but unversioned; a trailing `/` means directories only. */
  readonly unversioned: readonly string[];
  /** Absent: none. */
  readonly limits?: WriteLimitOptions;
  readonly onLimit?: (reached: LimitReached) => void;
  /** Milliseconds since the epoch, for the limits; absent: the system's. */
  readonly now?: () => number;
  /** Asked before every version; absent: everything is accepted. */
  readonly policy?: CommitPolicy;
  /** A store (`memstore_…`) cannot be written to or synced for the moment, or (null) can be again. */
  readonly onTrouble?: ((store: string, trouble: string | null) => void) | undefined;
  /** The dreams of a store (`memstore_…`) for `.memfs/dreams`; absent or null: it has none. */
  readonly dreams?: (store: string) => StagedDreams | null;
  /** Whether a thread (as mounts see its number) is running now, not waiting for something; absent: nobody knows. */
  readonly isRunning?: (thread: number) => boolean;
  /** Copies the WAL of the database at `path` into it (checkpoint), off the loop that answers the kernel. */
  readonly checkpoint?: (path: string) => Promise<void>;
}

export interface NewStore {
  /** `memstore_…` */
  readonly id: string;
  /** Owner and mode of the root directory. */
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}
