/** Writes that would clobber what another session wrote: when they are refused, and what is kept of them. */

/** What a write must find for it not to clobber what another session wrote. */
export type Precondition = 'observed' | 'strict' | 'off';

export type OnConflict = 'refuse' | 'merge';

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
