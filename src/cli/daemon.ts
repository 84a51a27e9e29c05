/** The one place where the command line touches the daemon's own code: to start it and to look at the machine. */
export { dataDirectory, findDataDirectory } from '../daemon/directory/data-directory.js';
export { holdingOf } from '../daemon/keeper/keeper-lock.js';
export { programs } from '../daemon/keeper/programs.js';
export { type Started, startDaemon } from '../daemon/keeper/start.js';
export { version } from '../daemon/version.js';

/** Loaded by the commands that need them only: every command would pay for them. */
export const loadHealth = () => import('../daemon/health.js');
export const loadSalvage = () => import('../daemon/stores/salvage.js');
export const loadKeeper = () => import('../daemon/keeper/run-keeper.js');
