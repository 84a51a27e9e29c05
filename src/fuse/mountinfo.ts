import { readFileSync } from 'node:fs';
import { MemfsError } from '../core/errors.js';

/** The file system type of our mounts, as mountinfo and findmnt(8) show it. */
export const MOUNT_TYPE = 'fuse.memfsd';

export interface MountEntry {
  readonly path: string;
  /** Minor device number; a FUSE connection is `/sys/fs/fuse/connections/<minor>`. */
  readonly minor: number;
  readonly type: string;
  readonly source: string;
}

/** Blanks and backslashes are written as three octal digits. */
const decoded = (text: string): string =>
  Buffer.from(
    text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))),
    'latin1',
  ).toString();

/** Parses proc_pid_mountinfo(5), read as latin1 so that every byte stays one character. */
export function parseMounts(text: string): MountEntry[] {
  const mounts: MountEntry[] = [];
  for (const line of text.split('\n')) {
    const [left, right] = line.split(' - ');
    const device = left?.split(' ')[2]?.split(':')[1];
    const path = left?.split(' ')[4];
    const [type, source] = right?.split(' ') ?? [];
    if (device === undefined || path === undefined || type === undefined) continue;
    mounts.push({ path: decoded(path), minor: Number(device), type, source: decoded(source ?? '') });
  }
  return mounts;
}

/** Our mounts, in the order they were made. Touches none of them. */
export const listMounts = (): MountEntry[] =>
  parseMounts(readFileSync('/proc/self/mountinfo', 'latin1')).filter((mount) => mount.type === MOUNT_TYPE);

/** The mount on top at `path`, which must be absolute and free of symbolic links. */
export function mountAt(path: string): MountEntry {
  const mount = listMounts().findLast((entry) => entry.path === path);
  if (mount === undefined) throw new MemfsError('not_found', `nothing of memfsd is mounted at ${path}`);
  return mount;
}
