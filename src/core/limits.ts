/** Limits on what may be written, and how it is told that one was reached. */

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
