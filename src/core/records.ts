/** Records of the journal, as those outside see them, and how they are asked for. */
import type { Operation } from './model.js';

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
