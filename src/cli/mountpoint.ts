/**
 * Finds out which directory a store is to be mounted on, and makes it. Whether it is fit for that the daemon says, which
 * looks when it mounts.
 */
import { chmodSync, existsSync, mkdirSync, realpathSync, rmdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readMountInfo } from '../api/mountinfo.js';
import { MemfsError } from '../core/errors.js';
import { memfsdType, mountOf } from '../core/mountinfo.js';

export interface Mountpoint {
  /** Without symbolic links. */
  readonly path: string;
  /** It was made. */
  readonly isNew: boolean;
  /** Removes what was made, when the mount does not come about. */
  undo(): void;
}

export function prepareMountpoint(cwd: string, directory: string): Mountpoint {
  const path = canonical(resolve(cwd, directory));
  if (isOnMount(path) || existsSync(path)) return { path, isNew: false, undo: () => {} };
  return make(path);
}

function canonical(absolute: string): string {
  if (isOnMount(absolute)) return absolute;
  try {
    return realpathSync(absolute);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unusable(absolute, error);
  }
  try {
    return join(realpathSync(dirname(absolute)), basename(absolute));
  } catch (error) {
    throw unusable(dirname(absolute), error);
  }
}

/** What is on a mount of ours, or below, is not touched: it may be dead, or never answer. */
function isOnMount(path: string): boolean {
  const mount = mountOf(path, readMountInfo());
  if (mount?.type !== memfsdType) return false;
  if (mount.path === path) return true;
  throw new MemfsError('invalid', `${path} lies inside another memfsd mount, ${mount.path}`, {
    hint: 'choose a directory outside of it',
  });
}

/** 0555, so that nothing is written into it while nothing is mounted. */
function make(path: string): Mountpoint {
  try {
    mkdirSync(path);
    chmodSync(path, 0o555);
  } catch (error) {
    throw unusable(path, error);
  }
  return { path, isNew: true, undo: () => rmdirSync(path) };
}

function unusable(path: string, error: unknown): MemfsError {
  const { code, message } = error as NodeJS.ErrnoException;
  const meaning =
    code === 'ENOENT'
      ? 'not_found'
      : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        ? 'access_denied'
        : code === 'ENOTDIR'
          ? 'not_a_directory'
          : code === 'ENAMETOOLONG'
            ? 'name_too_long'
            : 'invalid';
  return new MemfsError(meaning, `${path} cannot be a mountpoint: ${message}`, { cause: error });
}
