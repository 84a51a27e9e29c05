/** Checks whether this machine can mount, each with its cure. Nothing is changed. */
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { dirname } from 'node:path';
import { readMountInfo } from '../api/mountinfo.js';
import { asMemfsError } from '../core/errors.js';
import { type MountInfo, memfsdType } from '../core/mountinfo.js';
import { quoted } from '../core/quoted.js';
import { native } from '../fuse/native.js';
import { foreseeDataDirectory } from './directory/data-directory.js';
import { directoryMark } from './mounts/mount-source.js';

export interface Check {
  readonly name: string;
  readonly state: 'good' | 'warning' | 'bad';
  readonly detail: string;
  readonly cure: string | null;
}

const fewDescriptors = 4_096;

const good = (name: string, detail: string): Check => ({ name, state: 'good', detail, cure: null });
const warning = (name: string, detail: string, cure: string): Check => ({
  name,
  state: 'warning',
  detail,
  cure,
});
const bad = (name: string, detail: string, cure: string | null): Check => ({
  name,
  state: 'bad',
  detail,
  cure,
});

export function inspectMachine(data: string): Check[] {
  return [
    node(),
    addon(),
    device(),
    mounting(),
    resend(release()),
    ...(resend(release()).state === 'good' ? [] : [abort()]),
    names(release()),
    descriptors(readFileSync('/proc/self/limits', 'utf8')),
    dataDirectory(data),
    room(data),
  ];
}

/** When no daemon runs on the data directory: the mounts of one that was killed. */
export function deadMounts(data: string, mounts: readonly MountInfo[]): Check[] {
  if (!existsSync(data)) return [];
  const mark = directoryMark(data);
  return mounts
    .filter(({ type, source }) => type === memfsdType && source.endsWith(`.${mark}`))
    .map(({ path }) =>
      warning(
        'mount',
        `${quoted(path)} is dead, as its daemon was killed: every call there fails with ENOTCONN`,
        `memfsd start mounts it again; to take it away: fusermount3 -u -z ${quoted(path)} (as root: umount -l ${quoted(path)})`,
      ),
    );
}

/** In bytes: a database, its write-ahead log and the spool of a busy store grow by as much within a minute. */
const littleRoom = 64 * 1024 * 1024;

function room(data: string): Check {
  let place = data;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  const { bavail, bsize, blocks } = statfsSync(place);
  return diskRoom(place, blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize);
}

/** `free`: bytes that are there for this user. */
export function diskRoom(place: string, free: number): Check {
  const size =
    free === Number.POSITIVE_INFINITY ? 'as much as it likes' : `${Math.floor(free / (1024 * 1024))} MiB`;
  if (free >= littleRoom) return good('disk', `${size} free at ${place}`);
  const what =
    free === 0 ? `the disk at ${place} is full: nothing can be changed` : `only ${size} free at ${place}`;
  return warning(
    'disk',
    what,
    'make room there; memfsd store show says what takes it, memfsd store retention takes history away',
  );
}

const node = (): Check => good('node', process.version);

function addon(): Check {
  try {
    native();
    return good('addon', 'the native addon is built and loads');
  } catch (error) {
    return bad('addon', (error as Error).message, 'node scripts/build-native.mjs');
  }
}

function device(): Check {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
    return good('/dev/fuse', 'can be opened');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return bad(
        '/dev/fuse',
        'is missing',
        'modprobe fuse; in a container: --device /dev/fuse --cap-add SYS_ADMIN',
      );
    return bad('/dev/fuse', 'may not be opened by this user', 'as root: chmod 0666 /dev/fuse');
  }
}

function mounting(): Check {
  if (process.getuid?.() === 0) return good('mounting', 'as root, with mount(2)');
  const { PATH: path = '' } = process.env;
  const helper = path
    .split(':')
    .map((directory) => `${directory}/fusermount3`)
    .find(isExecutable);
  if (helper === undefined)
    return bad('mounting', 'fusermount3 is missing', 'install fuse3 (Debian: apt-get install fuse3)');
  const setuid = (statSync(helper).mode & 0o4000) !== 0;
  return setuid
    ? good('mounting', `with ${helper}`)
    : warning('mounting', `${helper} is not set-user-id root`, `as root: chmod u+s ${helper}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function resend(kernel: string): Check {
  return isAtLeast(kernel, 6, 9)
    ? good('resend', `Linux ${kernel}: calls under way survive the death of the engine`)
    : warning(
        'resend',
        `Linux ${kernel} repeats no requests: when the engine dies, calls under way end with an error and the store is mounted again within a second`,
        'Linux 6.9 or newer',
      );
}

function abort(): Check {
  const control = '/sys/fs/fuse/connections';
  if (readMountInfo().some(({ path }) => path === control)) return good('abort', `${control} is there`);
  try {
    native().closeDescriptor(native().openConnections());
    return good('abort', 'connections can be ended');
  } catch {
    return warning('abort', `${control} is not mounted`, `as root: mount -t fusectl fusectl ${control}`);
  }
}

export function names(kernel: string): Check {
  return isAtLeast(kernel, 6, 2)
    ? good(
        'names',
        `Linux ${kernel}: a mount that is alone keeps names, and gives up at once what changes past it`,
      )
    : warning(
        'names',
        `Linux ${kernel}: a mount that is alone keeps names for a second, so what commands change shows that late; several mounts of a store ask for each part of a path`,
        'Linux 6.2 or newer',
      );
}

export function isAtLeast(kernel: string, major: number, minor: number): boolean {
  const [ours = 0, less = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  return ours > major || (ours === major && less >= minor);
}

export function descriptors(limits: string): Check {
  const [, soft] = /^Max open files\s+(\S+)/m.exec(limits) ?? [];
  const enough = soft === 'unlimited' || Number(soft) >= fewDescriptors;
  return enough
    ? good('open files', `at most ${soft}`)
    : warning('open files', `at most ${soft}`, `ulimit -n ${fewDescriptors} before memfsd start`);
}

/** Checks the data directory as a start would, without making anything. */
function dataDirectory(data: string): Check {
  try {
    const fate = foreseeDataDirectory(data);
    if (fate === 'used') return good('data', `${data} is private`);
    if (fate === 'made') return good('data', `${data} will be made`);
    return warning(
      'data',
      `${data} can be looked into by others, and will be made private`,
      `chmod 0700 ${data}`,
    );
  } catch (error) {
    const { message, hint } = asMemfsError(error);
    return bad('data', message, hint ?? null);
  }
}
