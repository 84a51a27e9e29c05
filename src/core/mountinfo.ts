/** proc_pid_mountinfo(5): who is mounted where, without touching any of it. */

/** The file system type of our mounts, as mountinfo and findmnt(8) show it. */
export const memfsdType = 'fuse.memfsd';

export interface MountInfo {
  readonly path: string;
  /** `major:minor`, the same for all mounts of one file system. */
  readonly device: string;
  /** The directory of the file system that is mounted here. */
  readonly root: string;
  /** The minor device number: for FUSE, the name below /sys/fs/fuse/connections. */
  readonly minor: number;
  readonly type: string;
  readonly source: string;
}

export function parseMountInfo(text: string): MountInfo[] {
  const mounts: MountInfo[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const separator = fields.indexOf('-', 6);
    if (separator < 0) continue;
    mounts.push({
      path: unescapeOctal(fields[4]!),
      device: fields[2]!,
      root: unescapeOctal(fields[3]!),
      minor: Number(fields[2]!.split(':')[1]),
      type: fields[separator + 1]!,
      source: unescapeOctal(fields[separator + 2] ?? ''),
    });
  }
  return mounts;
}

export const isInside = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);

/** The mount that `path` is in: the last mounted of those with the longest matching prefix. */
export function mountOf(path: string, mounts: readonly MountInfo[]): MountInfo | undefined {
  let best: MountInfo | undefined;
  for (const mount of mounts)
    if (isInside(path, mount.path) && mount.path.length >= (best?.path.length ?? 0)) best = mount;
  return best;
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
function unescapeOctal(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes = Buffer.from(text);
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 0x5c) out.push(bytes[i]!);
    else {
      out.push(Number.parseInt(bytes.toString('latin1', i + 1, i + 4), 8));
      i += 3;
    }
  }
  return Buffer.from(out).toString();
}
