/** Where a daemon listens, found from its data directory. */
import { closeSync, constants, openSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The engine's control socket. */
export const controlSocket = (data: string): string => join(data, 'memfsd.sock');

/** The keeper's socket, which answers while there is no engine, too. */
export const keeperSocket = (data: string): string => join(data, 'keeper.sock');

/** Bytes of `sun_path` in unix(7), less the final zero. */
const longestName = 107;

/** Calls `use` with a name of the socket file that bind(2) and connect(2) take, which holds during the call only. */
export function withSocketName<T>(path: string, use: (name: string) => T): T {
  if (Buffer.byteLength(path) <= longestName) return use(path);
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return use(`/proc/self/fd/${directory}/${basename(path)}`);
  } finally {
    closeSync(directory);
  }
}
