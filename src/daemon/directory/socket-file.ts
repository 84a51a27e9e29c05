import { rmSync } from 'node:fs';
import { withSocketName } from '../../api/address.js';
import { native } from '../../fuse/native.js';

/**
 * Listens on a socket file and returns the descriptor. Only for who holds the lock that goes with it: a file that is
 * there was left by a dead process, and is replaced.
 */
export function listenOnFile(path: string): number {
  rmSync(path, { force: true });
  return withSocketName(path, (name) => native().listenAt(name));
}
