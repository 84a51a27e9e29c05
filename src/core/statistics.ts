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
