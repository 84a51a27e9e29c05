/** What the control server serves besides `ControlService`: stores as wholes. Implemented by the engine. */
import type { Actor } from '../core/model.js';
import type {
  ForkEvent,
  ForkRequest,
  PruningBody,
  RetentionBody,
  SnapshotFacts,
  StoreFile,
  StoreSummary,
} from './protocol.js';

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
  /** Where its file is, with what was acknowledged in it as far as that goes: for who salvages it. */
  file(store: string): Promise<StoreFile>;
  /** A new store out of the file of one. */
  importSnapshot(name: string, file: AsyncIterable<Uint8Array>): Promise<StoreSummary>;
  /** The whole history as lines: docs/history-format.md. */
  exportHistory(store: string): Promise<AsyncIterable<Uint8Array>>;
  /** Makes a store of such lines, or fills an empty one; ends with it. */
  importHistory(name: string, lines: AsyncIterable<Uint8Array>): AsyncIterable<ForkEvent>;
  retention(store: string): RetentionBody;
  setRetention(store: string, policy: RetentionBody): RetentionBody;
  /** Takes away what the policy does not keep. */
  prune(store: string, actor: Actor): Promise<PruningBody>;
  /** What a policy, by default the store's own, would take away. */
  wouldPrune(store: string, policy: RetentionBody | undefined): Promise<PruningBody>;
  /** Sets a store aside, or takes it back. Throws `busy` while it is mounted. */
  archive(store: string, archived: boolean): StoreSummary;
  /** For good. `confirm` must be its name. Throws `busy` while it is mounted. */
  delete(store: string, confirm: string): StoreSummary;
}
