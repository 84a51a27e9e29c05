/** The control API's work, done with the engine's parts. */
import type { Handlers } from '../../api/server/handlers.js';
import type { ControlCaller } from './caller.js';
import { conflictHandlers } from './conflict-handlers.js';
import { daemonHandlers, mountHandlers } from './daemon-handlers.js';
import { dreamHandlers, scheduleHandlers } from './dream-handlers.js';
import { historyHandlers } from './history-handlers.js';
import { memoryHandlers } from './memory-handlers.js';
import type { ControlParts } from './parts.js';
import { sessionHandlers, transcriptHandlers } from './session-handlers.js';
import { retentionHandlers, storeHandlers } from './store-handlers.js';

export const controlHandlers = (parts: ControlParts): Handlers<ControlCaller> => ({
  daemon: daemonHandlers(parts),
  stores: storeHandlers(parts),
  retention: retentionHandlers(parts),
  history: historyHandlers(parts),
  memories: memoryHandlers(parts),
  conflicts: conflictHandlers(parts),
  mounts: mountHandlers(parts),
  sessions: sessionHandlers(parts),
  transcripts: transcriptHandlers(parts),
  dreams: dreamHandlers(parts),
  schedules: scheduleHandlers(parts),
});
