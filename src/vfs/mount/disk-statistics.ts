import { statfsSync } from 'node:fs';
import type { FileSystemStatistics } from '../filesystem.js';

/** statfs(2) of where the store lies: what is free there is what its mounts can still take. */
export function diskStatistics(directory: string): FileSystemStatistics {
  const { bsize, blocks, bavail, files, ffree } = statfsSync(directory);
  return { blockSize: bsize, blocks, blocksFree: bavail, files, filesFree: ffree, nameLength: 255 };
}
