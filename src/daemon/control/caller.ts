import type { MountRequest, MountSummary } from '../../api/endpoints/mounts.js';
import type { BeginRequest, LiveSession } from '../../api/endpoints/sessions.js';
import type { StoreSummary } from '../../api/endpoints/stores.js';
import type { ActorRequest } from '../../api/parameters.js';
import type { Access, Pieces } from '../../api/server/handlers.js';
import type { Actor } from '../../core/model.js';
import type { LogQuery, LogRecord } from '../../core/records.js';
import type { StoreView } from '../../vfs/store.js';
import type { TranscriptThread } from '../transcripts/transcript-thread.js';

/**
 * The caller as handlers see it: what it is shown, and in whose name it acts. Stores are named by their `memstore_…` id or
 * their local name. There are two: the owner, and a session.
 */
export interface ControlCaller extends Access<ControlCaller> {
  /** Null: the owner. */
  readonly session: string | null;
  /** In whose name it acts. Throws `access_denied` for a name that is not its own to use. */
  actor(asked: ActorRequest): Actor;
  /** Throws `access_denied` for another session than the caller's own: it "may not …". */
  requireSelf(session: string, what: string): void;
  /** The part of a store that it may read and change. Throws `not_found`. */
  view(store: string): StoreView;
  /** Lazily, page by page: no statement stays open while other requests are answered. */
  log(store: string, query: LogQuery): Pieces<LogRecord>;
  stores(): StoreSummary[];
  mounts(): MountSummary[];
  /** In whose name it mounts. Throws `access_denied` for what it may not mount. */
  mountActor(request: MountRequest): Actor;
  /** Throws `access_denied` for what it may not unmount. */
  requireOwnMount(path: string): void;
  begin(request: BeginRequest): LiveSession;
  /** By which it tells what happened in sessions. */
  transcripts(): Pick<TranscriptThread, 'source' | 'ingest' | 'end'>;
}
