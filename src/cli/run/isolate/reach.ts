/** Whether a directory of the host leads to another one, by whatever mount. */
import { isInside, type MountInfo, mountOf } from '../../../core/mountinfo.js';

/** A tree of a file system: on its device, below this directory of it. */
interface Region {
  readonly device: string;
  readonly directory: string;
}

const join = (root: string, rest: string): string => (root === '/' ? rest || '/' : `${root}${rest}`);

function regionOf(path: string, mounts: readonly MountInfo[]): Region | undefined {
  const mount = mountOf(path, mounts);
  if (mount === undefined) return undefined;
  const rest = mount.path === '/' ? path : path.slice(mount.path.length);
  return { device: mount.device, directory: join(mount.root, rest === '/' ? '' : rest) };
}

/** All that can be seen below a path: its own tree, and what is mounted in it. */
function regionsBelow(path: string, mounts: readonly MountInfo[]): Region[] {
  const own = regionOf(path, mounts);
  const below = mounts
    .filter((mount) => mount.path !== path && isInside(mount.path, path))
    .map(({ device, root }) => ({ device, directory: root }));
  return own === undefined ? below : [own, ...below];
}

/** Whether something of `wanted` can be seen below `path`, or lies around it. Both are real paths. */
export function leadsTo(path: string, wanted: string, mounts: readonly MountInfo[]): boolean {
  if (isInside(wanted, path) || isInside(path, wanted)) return true;
  const [goals, seen] = [regionsBelow(wanted, mounts), regionsBelow(path, mounts)];
  return goals.some((goal) =>
    seen.some(
      ({ device, directory }) =>
        device === goal.device &&
        (isInside(goal.directory, directory) || isInside(directory, goal.directory)),
    ),
  );
}
