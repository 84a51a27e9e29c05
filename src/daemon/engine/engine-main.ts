/** The engine's process: `node engine-main.js --data DIR [--foreground]`, started by the keeper. */
import { parseArgs } from 'node:util';
import { readMountInfo } from '../../api/mountinfo.js';
import { userName } from '../../api/user-name.js';
import { asMemfsError, meaningOf } from '../../core/errors.js';
import { createStore } from '../../vfs/store/create-store.js';
import { openStore } from '../../vfs/store/open-store.js';
import { loadConfig } from '../config.js';
import { listenOnFile } from '../directory/socket-file.js';
import { openMessageSocket } from '../keeper/message-socket.js';
import { createLog } from '../log/log.js';
import { runInWorker } from '../stores/run-in-worker.js';
import { runEngine } from './engine.js';
import { serveWith } from './serve.js';

/** Where the keeper put this process's end of the socketpair. */
const keeperDescriptor = 3;

// The keeper ends the engine; a signal to the whole process group must not do so before it is asked to.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

process.umask(0o077);

// A command of a session may have started the daemon; what the daemon starts itself is the owner's.
for (const name of ['MEMFSD_SESSION', 'MEMFSD_AGENT']) delete process.env[name];

const {
  MEMFSD_TEST_NO_RESEND: noResend,
  MEMFSD_STANDBY: standby,
  MEMFSD_TEST_NO_EXPIRY: noExpiry,
} = process.env;
const { data, foreground } = parseArgs({
  options: { data: { type: 'string' }, foreground: { type: 'boolean', default: false } },
}).values;

const log = createLog(data!, 'info', 'engine', foreground);
try {
  const config = loadConfig(data!);
  log.level = config.log_level;
  await runEngine({
    data: data!,
    config,
    standby: standby === '1',
    keeper: keeperDescriptor,
    openSocket: openMessageSocket,
    serve: serveWith(log, { resend: noResend !== '1', expiry: noExpiry !== '1' }),
    storeFactory: { open: openStore, create: createStore, run: runInWorker },
    listenOnFile,
    owner: { name: userName(), uid: process.geteuid!() },
    mountInfo: readMountInfo,
    log,
    exit: (code) => process.exit(code),
  });
} catch (thrown) {
  const { code, message, hint } = asMemfsError(thrown);
  log.error({ code, hint }, message);
  process.exit(meaningOf(code).exit);
}
