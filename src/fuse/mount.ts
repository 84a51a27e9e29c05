import { chmodSync, closeSync, fstatSync, readlinkSync } from 'node:fs';
import { MemfsError } from '../core/errors.js';
import { type MountInfo, memfsdType } from '../core/mountinfo.js';
import { openControl } from './connection-control.js';
import { mountWithHelper } from './mount-helper.js';
import type { MountOptions } from './mount-options.js';
import { listMounts, type MountIdentity } from './mountinfo.js';
import { openMountpoint } from './mountpoint.js';
import { native, type SystemError } from './native.js';
import { canMountDirectly, failed } from './system-call.js';
import { unmount } from './unmount.js';

/** mount(2) */
const MS_RDONLY = 1;
const MS_NOSUID = 2;
const MS_NODEV = 4;

export interface Mounted extends MountIdentity {
  /** The connection: non-blocking, close-on-exec. */
  readonly descriptor: number;
  /** Ends the connection; null where there is no such file for us. */
  readonly control: number | null;
  /** Minor device number, of use for looking only: see MountIdentity. */
  readonly minor: number;
}

function openDevice(): number {
  try {
    return native().openDevice();
  } catch (thrown) {
    throw failed('the FUSE device cannot be opened', thrown, 'load the kernel module: modprobe fuse');
  }
}

function mountDirectly(mountpoint: number, path: string, options: MountOptions): number {
  const addon = native();
  const descriptor = openDevice();
  const mode = (fstatSync(mountpoint).mode & 0o170000).toString(8);
  const data = [`fd=${descriptor}`, `rootmode=${mode}`, 'user_id=0', 'group_id=0', 'default_permissions'];
  if (options.allowOther) data.push('allow_other');
  try {
    const restricted = options.suidDev ? 0 : MS_NOSUID | MS_NODEV;
    const flags = options.readOnly ? restricted | MS_RDONLY : restricted;
    addon.mount(options.source, `/proc/self/fd/${mountpoint}`, memfsdType, flags, data.join(','));
  } catch (thrown) {
    addon.closeDescriptor(descriptor);
    throw notMounted(path, thrown);
  }
  return descriptor;
}

function notMounted(path: string, thrown: unknown): MemfsError {
  const { code } = thrown as SystemError;
  if (code !== 'EPERM' && code !== 'EACCES') return failed(`${path} cannot be mounted`, thrown);
  return new MemfsError('unsupported', `mount(2) at ${path} is not permitted here, not even to root`, {
    hint: 'in a container: --device /dev/fuse --cap-add SYS_ADMIN --security-opt apparmor=unconfined',
    cause: thrown,
  });
}

/** fusermount3 wants write permission on the mountpoint; ours are 0555. */
async function mountWritable(mountpoint: number, path: string, options: MountOptions): Promise<number> {
  const { mode, uid } = fstatSync(mountpoint);
  if ((mode & 0o200) !== 0 || uid !== process.geteuid?.()) return mountWithHelper(path, options);
  // By descriptor: the directory underneath, also when something is mounted on it.
  const link = `/proc/self/fd/${mountpoint}`;
  chmodSync(link, (mode & 0o7777) | 0o200);
  try {
    return await mountWithHelper(path, options);
  } finally {
    chmodSync(link, mode & 0o7777);
  }
}

/**
 * Mounts at the existing directory `target`, which must pass `openMountpoint`: with mount(2) as root, else with
 * fusermount3. INIT waits in the connection until a session starts.
 *
 * Must not run in the process that serves a mount which `target` lies in: it looks the path up.
 */
export async function mount(target: string, options: MountOptions): Promise<Mounted> {
  if (options.source.includes(',')) throw new MemfsError('invalid', 'the source holds a comma');
  const mountpoint = await openMountpoint(target, options.isLeftOver ?? (() => false));
  try {
    const descriptor = canMountDirectly()
      ? mountDirectly(mountpoint, target, options)
      : await mountWritable(mountpoint, target, options);
    try {
      const made = await identify(mountpoint, target, options.source);
      return { id: made.id, source: made.source, minor: made.minor, descriptor, control: openControl(made) };
    } catch (error) {
      native().closeDescriptor(descriptor);
      throw error;
    }
  } finally {
    closeSync(mountpoint);
  }
}

/** Finds what was just mounted. fusermount3 was given a path, and the directory may have been moved from there. */
async function identify(mountpoint: number, path: string, source: string): Promise<MountInfo> {
  const ours = listMounts().filter((mount) => mount.source === source && mount.type === memfsdType);
  const made = ours.findLast((mount) => mount.path === path);
  if (made !== undefined && readlinkSync(`/proc/self/fd/${mountpoint}`) === path) return made;
  for (const mount of made === undefined ? ours : [made]) await unmount(mount, true);
  throw new MemfsError('busy', `${path} was moved away while it was mounted on`);
}
