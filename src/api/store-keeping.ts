/** What the control server serves besides `ControlService`: stores as wholes. Implemented by the engine. */
import type { ForkEvent, ForkRequest, SnapshotFacts, StoreSummary } from './protocol.js';

export interface SnapshotFile {
  readonly facts: SnapshotFacts;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Stores are named by their `memstore_…` id or their local name. */
export interface StoreKeeping {
  /** A new store with all the history of this one; ends with it. */
  fork(store: string, request: ForkRequest): AsyncIterable<ForkEvent>;
  /** A verified copy of a store's file. */
  snapshot(store: string): Promise<SnapshotFile>;
  /** A new store out of the file of one. */
  importSnapshot(name: string, file: AsyncIterable<Uint8Array>): Promise<StoreSummary>;
  /** Sets a store aside, or takes it back. Throws `busy` while it is mounted. */
  archive(store: string, archived: boolean): StoreSummary;
  /** For good. `confirm` must be its name. Throws `busy` while it is mounted. */
  delete(store: string, confirm: string): StoreSummary;
}
