/** The words that every layer shares. */

/** Who acts: recorded with every change. */
export interface Actor {
  readonly agent: string;
  /** `sesn_…` */
  readonly session: string;
  /** The process said so itself, in its environment; nobody vouches for it. */
  readonly claimed?: boolean;
}

/** What a journal record says happened. */
export type Operation =
  | 'created'
  | 'modified'
  | 'deleted'
  | 'renamed'
  | 'mkdir'
  | 'rmdir'
  | 'symlink'
  | 'link'
  | 'unlink'
  | 'mknod'
  | 'attributes'
  /** Two names changed places: `path` and `previous_path`. */
  | 'exchanged'
  /** A new state made of two: what was written, and what another session had committed meanwhile. */
  | 'merged'
  /** The content of an earlier record (`parent`) was removed for good. */
  | 'redacted'
  /** The same, by the retention policy. */
  | 'pruned'
  /** A branch was forked from main. */
  | 'branched'
  /** A branch was given up; its records stay. */
  | 'dropped'
  /** In a store that was salvaged: nobody knows any more what happened here. */
  | 'lost'
  /** The store is what was salvaged of a damaged one; flags say of which, and what was lost. */
  | 'salvaged';

/** What a store keeps: whatever one of the two limits keeps. At least one is a number. */
export interface RetentionPolicy {
  /** Every state that was the present one within so many days. */
  readonly keepDays: number | null;
  /** So many states of each memory, the newest ones. */
  readonly keepVersions: number | null;
}

export interface Timestamp {
  /** Seconds since the epoch, may be negative. */
  readonly sec: number;
  readonly nsec: number;
}
