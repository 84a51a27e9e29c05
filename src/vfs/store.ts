/**
 * One open store as the rest of the daemon sees it: mounts are attached to it, and the control API reads and
 * changes it. There is at most one of these per store on the machine; it owns the store's only write connection.
 */
import type { Actor, Operation, RetentionPolicy } from '../core/model.js';
import type { Scope } from '../core/scope.js';
import type { FileSystem, KernelNotifier, Timestamp } from './filesystem.js';
import type { CommitPolicy } from './policy.js';

export type { Actor, Operation };

/** One journal record, in the shape of `memfsd log --json`. */
export interface LogRecord {
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
  readonly operation: Operation;
  /** The branch that it was made on; of `branched` and `dropped`, the one that they are about. */
  readonly branch: string;
  /** `/`-rooted; bytes that are not UTF-8 are shown as U+FFFD. */
  readonly path: string;
  /** Where a `renamed` memory was before. */
  readonly previous_path: string | null;
  /** `mem_…`, null for directories and the like. */
  readonly memory: string | null;
  /** `memver_…` of the state that this record made, null where it made none. */
  readonly version: string | null;
  /** Lowercase hex of the raw content. */
  readonly sha256: string | null;
  readonly size: number | null;
  readonly agent: string;
  readonly session: string;
  readonly previous_sha256: string | null;
  /** Lowercase hex: the hash chain up to and including this record. */
  readonly chain: string;
  /** The connection it came through, 0 for the command line; null in records older than that was noted. */
  readonly mount: number | null;
  /** The session was named by the process itself. */
  readonly claimed: boolean;
  /** What the policy noted about it. */
  readonly flags: readonly string[];
  /** Of a redaction or a pruning: the records whose contents it took away for good. */
  readonly removes: readonly number[];
  /** The record that took the content of this one away; hash and size are gone with it. */
  readonly removed_by: number | null;
}

export interface LogQuery {
  /** Only this path (its memory's whole history, over renames), or everything below a directory. */
  readonly path?: string;
  /** Only records after this one. */
  readonly after?: number;
  readonly limit?: number;
  /** Newest first. */
  readonly reverse?: boolean;
}

/** A part of a log: what a few hundred records of the journal hold of it. */
export interface LogPage {
  readonly records: readonly LogRecord[];
  /** Where it goes on; null: that was all. */
  readonly next: LogQuery | null;
}

/** Names one state: a `memver_…` id, a sequence number, or an RFC 3339 time; absent means now. */
export type VersionSelector = string | number | undefined;

export interface VersionContent {
  readonly record: LogRecord;
  /** Chunks of at most 256 KiB, in order; none when the content was removed (`record.removed_by`). */
  readonly chunks: Iterable<Uint8Array>;
}

/** One line of a memory and the version that brought it. */
export interface BlameLine {
  /** From 1. */
  readonly line: number;
  readonly seq: number;
  /** `memver_…` */
  readonly version: string;
  readonly agent: string;
  readonly session: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly claimed: boolean;
  /** Without its end; bytes that are not UTF-8 are shown as U+FFFD. */
  readonly text: string;
}

/** One node of a tree, for import and export. */
export interface TreeEntry {
  /** `/`-rooted raw bytes. */
  readonly path: Buffer;
  readonly kind: 'file' | 'directory' | 'symlink' | 'link';
  /** Permission bits only (07777). */
  readonly mode: number;
  readonly mtime: Timestamp;
  readonly size: number;
  /** Content of a file. */
  readonly chunks?: Iterable<Uint8Array>;
  /** Of an export: what the content should have, in lowercase hex; empty when even that is lost. */
  readonly sha256?: string;
  /** Target of a symlink, or the path of the first name of a hard link. */
  readonly target?: Buffer;
}

/** What a write must find for it not to clobber what another session wrote. */
export type Precondition = 'observed' | 'strict' | 'off';
export type OnConflict = 'refuse' | 'merge';

export interface MountView {
  /** Unique id of the mount over all time, a positive integer (catalog row). */
  readonly connection: number;
  /** Whose mount it is; processes on it may belong to sessions of their own. */
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
  /** Who a process is by its own words; undefined: it says nothing, so it is the mount's session. */
  readonly claimOf?: (pid: number) => Actor | undefined;
  /** False: the session has ended, and changes nothing any more. Absent: none has. */
  readonly mayChange?: (actor: Actor) => boolean;
}

export interface StoreStatistics {
  /** The newest record, 0 for an empty journal. */
  readonly head: number;
  readonly memories: number;
  readonly directories: number;
  readonly versions: number;
  /** Bytes of the present contents of all memories. */
  readonly contentBytes: number;
  /** Bytes of the database, its WAL and its spool on disk. */
  readonly diskBytes: number;
  /** Of the database, what is in use: what `limits.store_bytes` is about. */
  readonly heldBytes: number;
  readonly walBytes: number;
}

export interface Redaction {
  /** What the journal says of it: a record for each content. `removes` counts the versions that are covered. */
  readonly records: readonly LogRecord[];
  /** Refused writes that kept one of the contents, as what they were made from, wanted or met. */
  readonly conflicts: number;
  /** Versions that were stored together with the redacted ones, with how many of their bytes they still have. */
  readonly stillIn: readonly { readonly record: LogRecord; readonly bytes: number }[];
}

/** What the retention policy takes away, or would take. */
export interface Pruning {
  readonly versions: number;
  readonly contents: number;
  /** Of the contents, each in full, whatever they share. */
  readonly bytes: number;
}

export interface DiffEntry {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before: VersionContent | null;
  readonly after: VersionContent | null;
}

/** A write that was refused because another session had changed the memory meanwhile. */
export interface Conflict {
  /** Counted for each path; `.memfs/conflicts/<path>/<number>/`. */
  readonly number: number;
  readonly path: string;
  /** RFC 3339. */
  readonly time: string;
  readonly agent: string;
  readonly session: string;
  /** `open`, `write`, `close`, `truncate`, `unlink` or `rename`. */
  readonly operation: string;
  readonly cause: string;
  /** Records of the version that the writer knew and of the one that was there. */
  readonly base_seq: number | null;
  readonly head_seq: number | null;
  /** Lowercase hex; null where there was none. */
  readonly base_sha256: string | null;
  readonly mine_sha256: string | null;
  readonly theirs_sha256: string | null;
  /** How it was resolved: `mine`, `theirs`, `merged`; null: it is open. */
  readonly resolution: string | null;
}

export interface ConflictQuery {
  /** Only at this path. */
  readonly path?: string;
}

/** `ifMatch`: the SHA-256 (hex) of what may be there now; absent: what was there when it was refused. */
export type Resolution =
  | { readonly take: 'theirs' }
  | { readonly take: 'mine'; readonly ifMatch?: string }
  | { readonly take: 'merged'; readonly content: Uint8Array; readonly ifMatch?: string };

export type ConflictSide = 'base' | 'mine' | 'theirs';

/** A version that a session has read. */
export interface SessionRead {
  readonly seq: number;
  readonly path: string;
  /** RFC 3339, UTC: when it first did. */
  readonly time: string;
}

/** A named line of the journal besides main: a dream works on one. */
export interface BranchInfo {
  readonly name: string;
  /** The newest record of main when it was forked; 0 when there was none, and for main itself null. */
  readonly fork_seq: number | null;
}

/** A dream that waits for review. */
export interface StagedDream {
  /** `drm_…` */
  readonly id: string;
  /** Where its result is. */
  readonly branch: string;
}

export type StagedFile = 'diff' | 'edits.jsonl' | 'report.md';

/** What the control tree shows of the dreams of one store. Asked at every look. */
export interface StagedDreams {
  list(): readonly StagedDream[];
  /** What is to be read of a dream besides its trees; null: there is no such text. */
  file(dream: string, name: StagedFile): Uint8Array | null;
}

/** A branch of a store as the API and the command line work with it, past mounts. */
export interface StoreView {
  /** Where each line of a memory comes from. Throws `invalid` for a binary one. */
  blame(path: string, version?: VersionSelector): Promise<BlameLine[]>;
  /** What a session has read, in the order in which it did. */
  reads(session: string): readonly SessionRead[];
  /** Sees everything committed, uncommitted working states are not in it. */
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
  /** Takes a file away. `ifMatch` as in `write`. */
  remove(path: string, actor: Actor, ifMatch?: string): LogRecord;
  /** Throws `not_empty`; also for the root. */
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
  /** Oldest first. */
  conflicts(query: ConflictQuery): readonly Conflict[];
  /** One side of a conflict in chunks of at most 256 KiB; null: there was none, or it was redacted. */
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

  /** Main first, then as they were made. */
  branches(): readonly BranchInfo[];
  /** Forks a branch from what is committed on main now. Throws `already_exists`, `invalid`. */
  createBranch(name: string, actor: Actor): BranchInfo;
  /**
   * Gives a branch up: what it shows goes, its records stay, and retention may take what nothing else holds. Throws
   * `not_found`, `busy` while it is mounted.
   */
  dropBranch(name: string, actor: Actor): void;
  /** One branch as a scope (absent: the whole) shows it. Throws `not_found`. */
  branch(name: string, scope?: Scope): StoreView;

  /** What of history is kept; null: everything. */
  retention: RetentionPolicy | null;
  /** Takes away what the policy does not keep, never the newest version of a living memory. */
  prune(actor: Actor): Promise<Pruning>;
  /** What a policy would take away. */
  wouldPrune(policy: RetentionPolicy | null): Promise<Pruning>;
  /** The sequence number that a selector names; throws `not_found`, `invalid`. */
  seqOf(version: VersionSelector): number;
  /** Resolves at the next record; rejects with `interrupted` when the signal says so. */
  changed(signal: AbortSignal): Promise<void>;
  /** What a scope lets its holder read and change, from outside of mounts; the rest is not there. */
  within(scope: Scope): StoreView;
  /**
   * Takes the contents of versions away for good, from the files of the store too; the chain still verifies. Throws
   * `conflict` for the present content of a file, `busy` while one is changed from it.
   */
  redact(versions: readonly (string | number)[], actor: Actor): Promise<Redaction>;
  statistics(): StoreStatistics;

  /**
   * What was changed past the mounts is what they show, and what mounts that are new change is what the others show.
   * Resolves after 2 s at the latest; nothing that a kernel waits for may wait for it.
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

/** Limits that a runaway session does not get past; 0: none. */
export interface WriteLimitOptions {
  /** What a store may hold on disk. */
  readonly store_bytes: number;
  readonly store_versions_per_minute: number;
  readonly session_bytes_per_minute: number;
  readonly session_versions_per_minute: number;
}

/** Somebody has come to a limit, for the first time in this minute. */
export interface LimitReached {
  /** `memstore_…` */
  readonly store: string;
  readonly session: string;
  readonly limit: keyof WriteLimitOptions;
  readonly message: string;
}

export interface NewStore {
  /** `memstore_…` */
  readonly id: string;
  /** Owner and mode of the root directory. */
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}
