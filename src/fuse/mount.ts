import { execFile } from 'node:child_process';
import { realpathSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Errno, type ErrorCode, MemfsError } from '../core/errors.js';
import { memfsdType } from '../core/mountinfo.js';
import { mountWithHelper } from './mount-helper.js';
import type { MountOptions } from './mount-options.js';
import { listMounts, mountAt } from './mountinfo.js';
import { native, type SystemError } from './native.js';

/** mount(2) */
/** As `max_write` in INIT. */
const readAheadKib = 1024;
const MS_RDONLY = 1;
const MS_NOSUID = 2;
const MS_NODEV = 4;

export interface Mounted {
  /** The connection: non-blocking, close-on-exec. */
  readonly descriptor: number;
  /** Minor device number of the connection. */
  readonly minor: number;
  /** `target` without symbolic links. */
  readonly path: string;
}

/** Milliseconds. */
const STAT_LIMIT = 1000;

const canMountDirectly = (): boolean => process.geteuid?.() === 0;

const codes: Readonly<Record<number, ErrorCode>> = {
  [Errno.EPERM]: 'not_permitted',
  [Errno.EACCES]: 'access_denied',
  [Errno.ENOENT]: 'not_found',
  [Errno.ENODEV]: 'unsupported',
  [Errno.ENXIO]: 'unsupported',
  [Errno.EBUSY]: 'busy',
  [Errno.EINVAL]: 'invalid',
};

/** Says what failed, in the words of a person who mounts. */
function failed(what: string, thrown: unknown, hint?: string): MemfsError {
  const error = thrown as SystemError;
  const details = hint === undefined ? { cause: thrown } : { cause: thrown, hint };
  return new MemfsError(codes[error.errno] ?? 'internal', `${what}: ${error.message}`, details);
}

function openDevice(): number {
  try {
    return native().openDevice();
  } catch (thrown) {
    throw failed('the FUSE device cannot be opened', thrown, 'load the kernel module: modprobe fuse');
  }
}

function mountDirectly(path: string, options: MountOptions): number {
  const addon = native();
  const descriptor = openDevice();
  const mode = (statSync(path).mode & 0o170000).toString(8);
  const data = [`fd=${descriptor}`, `rootmode=${mode}`, 'user_id=0', 'group_id=0', 'default_permissions'];
  if (options.allowOther) data.push('allow_other');
  try {
    const restricted = options.suidDev ? 0 : MS_NOSUID | MS_NODEV;
    const flags = options.readOnly ? restricted | MS_RDONLY : restricted;
    addon.mount(options.source, path, memfsdType, flags, data.join(','));
  } catch (thrown) {
    addon.closeDescriptor(descriptor);
    throw failed(`${path} cannot be mounted`, thrown);
  }
  return descriptor;
}

/**
 * The kernel reads ahead 128 KiB of a FUSE file, whatever INIT agrees on (mm/backing-dev.c, VM_READAHEAD_PAGES); a
 * request each costs more than the bytes. With as much as one READ can carry, a cold sequential read is 2 to 4 times
 * as fast. For root only, and not where sysfs is read-only, as in most containers. Call it after INIT was answered,
 * which sets the figure back.
 */
export function raiseReadAhead(minor: number): void {
  try {
    writeFileSync(`/sys/class/bdi/0:${minor}/read_ahead_kb`, String(readAheadKib));
  } catch {
    // The kernel's own figure holds.
  }
}

/**
 * Mounts at the existing directory `target`: with mount(2) as root, else with fusermount3. A mount of ours
 * there whose server is gone is detached first. INIT waits in the connection until a session starts.
 *
 * Must not run in the process that serves a mount which `target` lies in: it looks the path up.
 */
export async function mount(target: string, options: MountOptions): Promise<Mounted> {
  if (options.source.includes(',')) throw new MemfsError('invalid', 'the source holds a comma');
  await detachDead(target);
  if (isMounted(mountPath(target))) throw new MemfsError('busy', `${target} is mounted already`);
  let path: string;
  try {
    path = realpathSync(target);
  } catch (thrown) {
    throw new MemfsError('not_found', `${target} is not there to mount at`, { cause: thrown });
  }
  const descriptor = canMountDirectly() ? mountDirectly(path, options) : await mountWithHelper(path, options);
  return { descriptor, path, minor: mountAt(path).minor };
}

/** Throws `busy` when files below are open, unless `detach`: then the mount goes when the last one closes. */
export async function unmount(path: string, detach: boolean): Promise<void> {
  if (canMountDirectly()) {
    try {
      native().unmount(path, detach);
    } catch (thrown) {
      throw failed(`${path} cannot be unmounted`, thrown);
    }
    return;
  }
  try {
    await promisify(execFile)('fusermount3', ['-u', ...(detach ? ['-z'] : []), '--', path]);
  } catch (thrown) {
    const text = String((thrown as { stderr?: unknown }).stderr ?? thrown).trim();
    throw new MemfsError(/busy/i.test(text) ? 'busy' : 'internal', text, { cause: thrown });
  }
}

/** Detaches mounts of ours at `target` whose server is gone; returns whether there was one. */
export async function detachDead(target: string): Promise<boolean> {
  const path = mountPath(target);
  let found = false;
  while (isMounted(path) && (await answersNotConnected(path))) {
    await unmount(path, true);
    found = true;
  }
  return found;
}

const isMounted = (path: string): boolean => listMounts().some((entry) => entry.path === path);

/** `target` as mountinfo shows it, without asking what is mounted there, which may never answer. */
function mountPath(target: string): string {
  try {
    return join(realpathSync(dirname(target)), basename(target));
  } catch {
    return resolve(target);
  }
}

/**
 * A dead mount says ENOTCONN at once; a living one whose engine is away may not answer for long. So another
 * process asks, and is left to itself when it takes longer than a second.
 */
function answersNotConnected(path: string): Promise<boolean> {
  return new Promise((settle) => {
    const child = execFile('stat', ['--', path], { env: { ...process.env, LC_ALL: 'C' } }, (_, __, stderr) =>
      settle(stderr.includes('Transport endpoint is not connected')),
    );
    child.unref();
    setTimeout(() => settle(false), STAT_LIMIT).unref();
  });
}

/**
 * Ends a connection: every call under way fails with ECONNABORTED, later ones with ENOTCONN. Where the
 * control file system is not mounted (containers), root does it by a forced unmount, which may also succeed
 * as one.
 */
export function abortConnection(minor: number): void {
  try {
    writeFileSync(`/sys/fs/fuse/connections/${minor}/abort`, '1');
    return;
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' || !canMountDirectly()) throw failed(`connection ${minor} cannot be ended`, thrown);
  }
  const mounted = listMounts().find((entry) => entry.minor === minor);
  if (mounted === undefined) return;
  try {
    native().unmount(mounted.path, false, true);
  } catch (thrown) {
    if ((thrown as SystemError).code !== 'EBUSY') throw failed(`${mounted.path} cannot be ended`, thrown);
  }
}
