import { readFileSync } from 'node:fs';
import { MemfsError } from '../core/errors.js';
import { type MountInfo, memfsdType, parseMountInfo } from '../core/mountinfo.js';

/** Our mounts, in the order they were made. Touches none of them. */
export const listMounts = (): MountInfo[] =>
  parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')).filter((mount) => mount.type === memfsdType);

/** The mount on top at `path`, which must be absolute and free of symbolic links. */
export function mountAt(path: string): MountInfo {
  const mount = listMounts().findLast((entry) => entry.path === path);
  if (mount === undefined) throw new MemfsError('not_found', `nothing of memfsd is mounted at ${path}`);
  return mount;
}
