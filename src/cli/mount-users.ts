/** The users of a mount, as far as /proc tells this user in a short time. Asks no file system: links in /proc are only read. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isInside } from '../core/mountinfo.js';

export interface MountUser {
  readonly pid: number;
  readonly command: string;
}

/** In ms: a machine may have very many processes and open files. */
const limit = 1_000;

/** By mountpoint, those that stand below it or have something open there; this process is none. */
export function mountUsers(paths: readonly string[]): Map<string, MountUser[]> {
  const users = new Map<string, MountUser[]>();
  const end = performance.now() + limit;
  for (const name of paths.length === 0 ? [] : readdirSync('/proc')) {
    const pid = Number(name);
    if (performance.now() > end) break;
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const places = placesOf(pid);
    for (const path of paths)
      if (places.some((place) => isInside(place, path)))
        users.set(path, [...(users.get(path) ?? []), { pid, command: commandOf(pid) }]);
  }
  return users;
}

function placesOf(pid: number): string[] {
  const directory = `/proc/${pid}`;
  const files = attempt(() => readdirSync(`${directory}/fd`)) ?? [];
  return ['cwd', 'root', ...files.map((file) => `fd/${file}`)].flatMap(
    (link) => attempt(() => readlinkSync(`${directory}/${link}`)) ?? [],
  );
}

const commandOf = (pid: number): string =>
  attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8'))?.trim() ?? '';

/** Undefined: it has ended, or is another user's. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
