import type { Status } from '../../api/endpoints/daemon.js';
import type { RestartRequest } from '../../api/keeper-state.js';
import type { Catalog } from '../catalog.js';
import type { DreamSchedules } from '../dreams/dream-schedules.js';
import type { EngineDreams } from '../dreams/dream-service.js';
import type { Mounts } from '../mounts/mounts.js';
import type { EngineSessions } from '../sessions/engine-sessions.js';
import type { StoreFiles } from '../stores/store-files.js';
import type { Stores } from '../stores/stores.js';
import type { TranscriptThread } from '../transcripts/transcript-thread.js';

/** The parts of the engine that do what the control API asks for. */
export interface ControlParts {
  readonly catalog: Catalog;
  readonly stores: Stores;
  readonly mounts: Mounts;
  readonly files: StoreFiles;
  readonly transcripts: TranscriptThread;
  readonly dreams: EngineDreams;
  readonly schedules: DreamSchedules;
  readonly sessions: EngineSessions;
  /** The name of the user whose daemon it is. */
  readonly owner: string;
  /** Largest content that one write may carry. */
  readonly maxFileBytes: number;
  /** The limit of a store; 0: none. */
  readonly limitBytes: number;
  /** The part of `status` besides mounts, stores and dreams. */
  readonly facts: () => Omit<Status, 'mounts' | 'stores' | 'dreams' | 'session'>;
  readonly restart: (request: RestartRequest) => Promise<void>;
  /** Returns where mounts are, or were, that are in use elsewhere and end there with the daemon. */
  readonly stop: () => string[];
}
