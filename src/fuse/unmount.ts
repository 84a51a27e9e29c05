/**
 * Takes a mount away, and surely that one: by a descriptor of it where that is possible, else by a path that was just
 * seen to lead to it. What others have mounted on it or in it stays, and it with them.
 */
import { execFile } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MemfsError } from '../core/errors.js';
import { coverOf, type MountInfo, mountedIn, otherPlaceOf } from '../core/mountinfo.js';
import { findMount, listMounts, type MountIdentity, mountOfDescriptor } from './mountinfo.js';
import { native, type SystemError } from './native.js';
import { canMountDirectly, failed } from './system-call.js';

/** umount2(2) */
const MNT_FORCE = 1;
const MNT_DETACH = 2;
const MNT_EXPIRE = 4;
const UMOUNT_NOFOLLOW = 8;

/** Every use of a mount takes the mark of MNT_EXPIRE off again. */
const expireAttempts = 50;

/**
 * Does nothing when it is not mounted any more. Throws `busy` when something is mounted over it or in it, or, unless
 * `lazily`, when files below are open or it is mounted at another place, too. What mount namespaces besides this one have of
 * it cannot be seen: it goes on there.
 */
export async function unmount(identity: MountIdentity, lazily: boolean): Promise<void> {
  const mount = unencumbered(identity);
  if (mount === undefined) return;
  if (!lazily) refuseUsedElsewhere(mount);
  if (!canMountDirectly()) await unmountWithHelper(mount.path, lazily);
  else if (lazily) throughDescriptor(mount, MNT_DETACH);
  else await expire(identity);
}

/**
 * Ends the connection of a mount: every call under way fails with ECONNABORTED, later ones with ENOTCONN. For root,
 * and only while its path leads to it; returns whether that was so.
 */
export function abortMount(identity: MountIdentity): boolean {
  const mounts = listMounts();
  const mount = findMount(identity, mounts);
  if (mount === undefined || coverOf(mount, mounts) !== undefined || !canMountDirectly()) return false;
  return throughDescriptor(mount, MNT_FORCE);
}

function unencumbered(identity: MountIdentity): MountInfo | undefined {
  const mounts = listMounts();
  const mount = findMount(identity, mounts);
  if (mount === undefined) return undefined;
  const cover = coverOf(mount, mounts);
  const other = cover ?? mountedIn(mount, mounts);
  if (other === undefined) return mount;
  const where = cover === undefined ? `in it, at ${other.path}` : 'over it';
  throw new MemfsError('busy', `${mount.path} stays mounted: ${nameOf(other)} is mounted ${where}`, {
    hint: `umount ${other.path}, then try again`,
  });
}

function refuseUsedElsewhere(mount: MountInfo): void {
  const other = otherPlaceOf(mount, listMounts());
  if (other === undefined) return;
  throw new MemfsError('busy', `${mount.path} is in use elsewhere: it is mounted at ${other.path}, too`, {
    hint: `umount ${other.path}, then try again; or memfsd unmount --lazy ${mount.path}`,
  });
}

const nameOf = ({ type, source }: MountInfo): string =>
  source === '' || source === 'none' || source === type ? type : `${type} (${source})`;

/**
 * The descriptor names the mount itself, whatever is mounted at its path meanwhile. As it is a use of the mount,
 * nothing but detaching succeeds, and MNT_FORCE has its effect before it fails.
 */
function throughDescriptor(mount: MountInfo, flags: number): boolean {
  const descriptor = openRoot(mount);
  if (descriptor === null) return false;
  try {
    native().unmount(`/proc/self/fd/${descriptor}`, flags);
  } catch (thrown) {
    if (flags !== MNT_FORCE || (thrown as SystemError).code !== 'EBUSY')
      throw failed(`${mount.path} cannot be unmounted`, thrown);
  } finally {
    closeSync(descriptor);
  }
  return true;
}

/** Null: its path leads elsewhere by now. */
function openRoot({ path, id }: MountInfo): number | null {
  let descriptor: number;
  try {
    descriptor = native().openDirectory(path);
  } catch {
    return null;
  }
  if (mountOfDescriptor(descriptor, listMounts())?.id === id) return descriptor;
  closeSync(descriptor);
  return null;
}

/**
 * An unused mount goes with the second call of MNT_EXPIRE in a row. What is mounted over it between the two is only
 * marked: one call by path would take that away instead.
 */
async function expire(identity: MountIdentity): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const mount = unencumbered(identity);
    if (mount === undefined) return;
    try {
      native().unmount(mount.path, MNT_EXPIRE | UMOUNT_NOFOLLOW);
    } catch (thrown) {
      if ((thrown as SystemError).code !== 'EAGAIN' || attempt === expireAttempts)
        throw inUse(mount.path, thrown);
      if (attempt > 3) await delay(2);
    }
  }
}

function inUse(path: string, thrown: unknown): MemfsError {
  const code = (thrown as SystemError).code;
  if (code !== 'EBUSY' && code !== 'EAGAIN') return failed(`${path} cannot be unmounted`, thrown);
  return new MemfsError('busy', `${path} is in use`, { ...closeFirst(path), cause: thrown });
}

const closeFirst = (path: string) => ({
  hint: `close what is open below it (fuser -vm ${path}), then try again`,
});

/** For others than root there is a path only. fusermount3 leaves alone what the user did not mount through it. */
async function unmountWithHelper(path: string, lazily: boolean): Promise<void> {
  try {
    await promisify(execFile)('fusermount3', ['-u', ...(lazily ? ['-z'] : []), '--', path]);
  } catch (thrown) {
    const text = String((thrown as { stderr?: unknown }).stderr ?? thrown).trim();
    if (/busy/i.test(text)) throw new MemfsError('busy', text, { ...closeFirst(path), cause: thrown });
    throw new MemfsError('internal', text, { cause: thrown });
  }
}
