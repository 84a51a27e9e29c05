import { fileURLToPath } from 'node:url';
import type { Programs } from '../../api/keeper-state.js';

/** Those of the installation that this process runs from. */
export const programs: Programs = {
  command: process.execPath,
  keeper: fileURLToPath(new URL('../../programs/keeper-main.js', import.meta.url)),
  engine: fileURLToPath(new URL('../../programs/engine-main.js', import.meta.url)),
};
