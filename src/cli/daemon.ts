/** The one place where the command line touches the daemon's own code: to start it and to look at the machine. */
export { dataDirectory } from '../daemon/config.js';
export { inspectMachine } from '../daemon/health.js';
export { runKeeper } from '../daemon/run-keeper.js';
export { startDaemon } from '../daemon/start.js';
export { version } from '../daemon/version.js';
