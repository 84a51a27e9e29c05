/** States of memories: how one is named, what it holds, who made its lines and who has read it. */
import type { LogRecord } from './records.js';

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

export interface DiffEntry {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before: VersionContent | null;
  readonly after: VersionContent | null;
}

/** A version that a session has read. */
export interface SessionRead {
  readonly seq: number;
  readonly path: string;
  /** RFC 3339, UTC: when it first did. */
  readonly time: string;
}
