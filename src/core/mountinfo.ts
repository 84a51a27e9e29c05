/** proc_pid_mountinfo(5): who is mounted where, without touching any of it. */

/** The file system type of our mounts, as mountinfo and findmnt(8) show it. */
export const memfsdType = 'fuse.memfsd';

export interface MountInfo {
  /** While it is mounted; afterwards the kernel gives the number to another one. */
  readonly id: number;
  /** The id of the mount that it is mounted in, or on. */
  readonly parent: number;
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
      id: Number(fields[0]),
      parent: Number(fields[1]),
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

/** The mount that `path` leads into, found as the kernel walks: of several at one place the one on top. */
export function mountOf(path: string, mounts: readonly MountInfo[]): MountInfo | undefined {
  const around = mounts.filter((mount) => isInside(path, mount.path));
  const listed = new Set(mounts.map(({ id }) => id));
  const first = (candidates: readonly MountInfo[]): MountInfo | undefined =>
    candidates.reduce<MountInfo | undefined>(
      (best, each) => (best === undefined || each.path.length < best.path.length ? each : best),
      undefined,
    );
  let at = first(around.filter(({ id, parent }) => parent === id || !listed.has(parent)));
  for (let next = at; next !== undefined; ) {
    at = next;
    next = first(around.filter(({ id, parent }) => parent === at!.id && id !== at!.id));
  }
  return at;
}

/** What hides a mount, being mounted on it or on a directory above; undefined: its path leads to it. */
export function coverOf(mount: MountInfo, mounts: readonly MountInfo[]): MountInfo | undefined {
  const seen = mountOf(mount.path, mounts);
  return seen === undefined || seen.id === mount.id ? undefined : seen;
}

/** A file system that is mounted in `mount`, and would be taken away with it. */
export const mountedIn = (mount: MountInfo, mounts: readonly MountInfo[]): MountInfo | undefined =>
  mounts.find(({ id, parent }) => parent === mount.id && id !== mount.id);

/**
 * Another place where the file system of `mount` can be reached, which stays when it is unmounted. What lies in the same
 * directory, seen through another mount of it, goes with it where mounts are shared, as a rule.
 */
export function otherPlaceOf(mount: MountInfo, mounts: readonly MountInfo[]): MountInfo | undefined {
  const place = (of: MountInfo): string => {
    const above = mounts.find(({ id }) => id === of.parent);
    if (above === undefined) return of.path;
    const below = above.path === '/' ? of.path : of.path.slice(above.path.length);
    return `${above.device}${above.root === '/' ? '' : above.root}${below}`;
  };
  return mounts.find(
    (other) => other.id !== mount.id && other.device === mount.device && place(other) !== place(mount),
  );
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
