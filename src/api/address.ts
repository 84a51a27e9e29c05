/** Where a daemon listens, found from its data directory. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';

/** The engine's control socket. */
export const controlSocket = (data: string): string => join(data, 'memfsd.sock');

/**
 * The keeper's address, in the abstract namespace: the kernel frees it with the keeper, however that died, so
 * it is the lock of the data directory too. It names the directory itself, whatever path led there.
 */
export function keeperAddress(data: string): string {
  const { dev, ino } = statSync(data, { bigint: true });
  const name = createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32);
  return `\0memfsd-keeper-${name}`;
}
