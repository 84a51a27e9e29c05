/** Every command, in the order of the help. */
import type { Command } from './command.js';
import { blame } from './commands/blame.js';
import { conflicts } from './commands/conflicts.js';
import { conflictsResolve } from './commands/conflicts-resolve.js';
import { conflictsShow } from './commands/conflicts-show.js';
import { describeCommand } from './commands/describe.js';
import { diff } from './commands/diff.js';
import { doctor } from './commands/doctor.js';
import { dreamApply } from './commands/dream-apply.js';
import { dreamCancel } from './commands/dream-cancel.js';
import { dreamDiff } from './commands/dream-diff.js';
import { dreamList } from './commands/dream-list.js';
import { dreamMount } from './commands/dream-mount.js';
import { dreamPause, dreamResume } from './commands/dream-pause.js';
import { dreamReject } from './commands/dream-reject.js';
import { dreamRevert } from './commands/dream-revert.js';
import { dreamRun } from './commands/dream-run.js';
import { dreamSchedule } from './commands/dream-schedule.js';
import { dreamShow } from './commands/dream-show.js';
import { log } from './commands/log.js';
import { mount } from './commands/mount.js';
import { mounts } from './commands/mounts.js';
import { prompt } from './commands/prompt.js';
import { redact } from './commands/redact.js';
import { restart } from './commands/restart.js';
import { restore } from './commands/restore.js';
import { run } from './commands/run.js';
import { sessionBegin } from './commands/session-begin.js';
import { sessionDelete } from './commands/session-delete.js';
import { sessionEnd } from './commands/session-end.js';
import { sessionHook } from './commands/session-hook.js';
import { sessionIngest } from './commands/session-ingest.js';
import { sessionList } from './commands/session-list.js';
import { sessionShow } from './commands/session-show.js';
import { sessionWatch } from './commands/session-watch.js';
import { show } from './commands/show.js';
import { start } from './commands/start.js';
import { status } from './commands/status.js';
import { stop } from './commands/stop.js';
import { storeArchive } from './commands/store-archive.js';
import { storeCreate } from './commands/store-create.js';
import { storeDelete } from './commands/store-delete.js';
import { storeExport } from './commands/store-export.js';
import { storeFork } from './commands/store-fork.js';
import { storeImport } from './commands/store-import.js';
import { storeList } from './commands/store-list.js';
import { storeRetention } from './commands/store-retention.js';
import { storeSalvage } from './commands/store-salvage.js';
import { storeShow } from './commands/store-show.js';
import { storeSnapshot } from './commands/store-snapshot.js';
import { unmount } from './commands/unmount.js';
import { verify } from './commands/verify.js';
import { why } from './commands/why.js';
import { write } from './commands/write.js';

export const commands: readonly Command[] = [
  start,
  stop,
  restart,
  status,
  doctor,
  describeCommand(() => commands),
  storeCreate,
  storeList,
  storeShow,
  storeImport,
  storeExport,
  storeFork,
  storeSnapshot,
  storeRetention,
  storeSalvage,
  storeArchive,
  storeDelete,
  mount,
  unmount,
  mounts,
  run,
  log,
  show,
  write,
  diff,
  blame,
  why,
  restore,
  redact,
  conflicts,
  conflictsShow,
  conflictsResolve,
  verify,
  sessionBegin,
  sessionIngest,
  sessionWatch,
  sessionHook,
  sessionList,
  sessionShow,
  sessionEnd,
  sessionDelete,
  dreamRun,
  dreamList,
  dreamShow,
  dreamDiff,
  dreamMount,
  dreamApply,
  dreamReject,
  dreamRevert,
  dreamCancel,
  dreamSchedule,
  dreamPause,
  dreamResume,
  prompt,
];
