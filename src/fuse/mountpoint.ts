/**
 * The directory that is mounted on, opened once: what is checked here is what is mounted on then, whatever happens to
 * its path meanwhile. Runs in the keeper and never below a mount of ours.
 */
import { closeSync, fstatSync, opendirSync } from 'node:fs';
import { resolve } from 'node:path';
import { MemfsError } from '../core/errors.js';
import { isInside, type MountInfo, memfsdType, mountOf } from '../core/mountinfo.js';
import { answersNotConnected } from './dead-mount.js';
import { listMounts, mountOfDescriptor } from './mountinfo.js';
import { native, type SystemError } from './native.js';
import { failed } from './system-call.js';
import { unmount } from './unmount.js';

const shownNames = 5;
const mostLeftOver = 64;

/** Nothing is mounted at these or below, but for what lies in /dev/shm. */
const systemTrees = ['/boot', '/dev', '/etc', '/proc', '/sys'];
/** Nothing is mounted at these, though some of them may be empty. */
const systemDirectories = [
  ...['/', '/bin', '/home', '/lib', '/lib32', '/lib64', '/libx32', '/root', '/run', '/run/user', '/sbin'],
  ...['/tmp', '/usr', '/usr/bin', '/usr/lib', '/usr/lib64', '/usr/libexec', '/usr/local', '/usr/local/bin'],
  ...['/usr/local/sbin', '/usr/sbin', '/usr/share', '/var', '/var/lib', '/var/log', '/var/spool', '/var/tmp'],
];

/**
 * An O_PATH descriptor of a directory that a store may be mounted on: reached without symbolic links, empty, of this
 * user or root, nothing that the system lives in. Mounts of ours there that nobody serves any more are detached first:
 * those that `isLeftOver` knows by their source, and those that are dead.
 *
 * @throws MemfsError with what to do instead.
 */
export async function openMountpoint(path: string, isLeftOver: (source: string) => boolean): Promise<number> {
  if (path !== resolve(path)) throw new MemfsError('invalid', `${path} is not an absolute, resolved path`);
  const descriptor = await openUncovered(path, isLeftOver);
  try {
    refuseSystemDirectory(path);
    refuseOfOthers(path, descriptor);
    refuseNames(path, descriptor);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Mounts lie over each other where several keepers died. */
async function openUncovered(path: string, isLeftOver: (source: string) => boolean): Promise<number> {
  for (let detached = 0; detached < mostLeftOver; detached++) {
    refuseInside(path, mountOf(path, listMounts()));
    const descriptor = open(path);
    let keep = false;
    try {
      const mount = mountOfDescriptor(descriptor, listMounts());
      keep = mount?.type !== memfsdType;
      if (keep || mount === undefined) return descriptor;
      refuseInside(path, mount);
      if (!isLeftOver(mount.source) && !(await answersNotConnected(descriptor)))
        throw new MemfsError('busy', `a store is mounted at ${path} already`, {
          hint: `memfsd unmount ${path}`,
        });
      await unmount(mount, true);
    } finally {
      if (!keep) closeSync(descriptor);
    }
  }
  throw new MemfsError('busy', `more than ${mostLeftOver} mounts lie at ${path}`, {
    hint: `umount -l ${path}, again and again`,
  });
}

/** Asked before anything is opened: to walk below a mount of ours is to wait for its engine. */
function refuseInside(path: string, mount: MountInfo | undefined): void {
  if (mount?.type === memfsdType && mount.path !== path)
    throw new MemfsError('invalid', `${path} lies inside another memfsd mount, ${mount.path}`, {
      hint: 'choose a directory outside of it',
    });
}

function open(path: string): number {
  try {
    return native().openDirectory(path);
  } catch (thrown) {
    const { code } = thrown as SystemError;
    if (code === 'ELOOP')
      throw new MemfsError('invalid', `a part of ${path} is a symbolic link, which is not followed`, {
        hint: `give the path that it leads to: realpath ${path}`,
        cause: thrown,
      });
    if (code === 'ENOTDIR') throw new MemfsError('not_a_directory', `${path} is not a directory`);
    throw failed(`${path} cannot be a mountpoint`, thrown);
  }
}

function refuseSystemDirectory(path: string): void {
  const needed = systemDirectories.includes(path) || systemTrees.some((tree) => isInside(path, tree));
  if (!needed || path.startsWith('/dev/shm/')) return;
  throw new MemfsError('not_permitted', `nothing is mounted at ${path}: the system needs it`, {
    hint: 'choose an empty directory of your own',
  });
}

/** The owner of the directory could change what lies there before and after; root could anyway. */
function refuseOfOthers(path: string, descriptor: number): void {
  const { uid } = fstatSync(descriptor);
  const self = process.geteuid?.();
  if (uid === self || uid === 0) return;
  throw new MemfsError('access_denied', `${path} belongs to another user (uid ${uid})`, {
    hint:
      self === 0
        ? `let that user run memfsd, or make it root's: chown root ${path}`
        : 'choose a directory of your own',
  });
}

function refuseNames(path: string, descriptor: number): void {
  const names: string[] = [];
  try {
    const entries = opendirSync(`/proc/self/fd/${descriptor}`);
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        names.push(entry.name);
        if (names.length > shownNames) break;
      }
    } finally {
      entries.closeSync();
    }
  } catch (thrown) {
    throw failed(`${path} cannot be looked into`, thrown);
  }
  if (names.length === 0) return;
  const shown = names.slice(0, shownNames).sort().join(', ');
  const rest = names.length > shownNames ? ' and more' : '';
  throw new MemfsError('not_empty', `${path} is not empty: it holds ${shown}${rest}`, {
    hint: `memfsd store import STORE ${path}, then empty it; or choose another directory`,
  });
}
