/** Checks a directory before a store is mounted on it. Done here: the daemon never looks below its own mounts. */
import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync, rmdirSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readMountInfo } from '../api/mountinfo.js';
import { MemfsError } from '../core/errors.js';
import { memfsdType, mountOf } from '../core/mountinfo.js';
import { quoted } from './text.js';

const shownStrays = 5;

export interface Mountpoint {
  readonly path: string;
  /** It was made. */
  readonly isNew: boolean;
  /** Removes what was made, when the mount does not come about. */
  undo(): void;
}

export function prepareMountpoint(cwd: string, directory: string, store: string): Mountpoint {
  const path = canonical(resolve(cwd, directory));
  refuseOtherMounts(path);
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return make(path);
  refuseUnfit(path, facts, store);
  return { path, isNew: false, undo: () => {} };
}

function canonical(absolute: string): string {
  // A mount of ours is named before anything below or on it is touched: it may be dead.
  refuseOtherMounts(absolute);
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

function refuseOtherMounts(path: string): void {
  const mount = mountOf(path, readMountInfo());
  if (mount?.type !== memfsdType) return;
  if (mount.path === path)
    throw new MemfsError('busy', `a store is mounted at ${path} already`, {
      hint: `memfsd unmount ${quoted(path)}`,
    });
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

function refuseUnfit(path: string, facts: Stats, store: string): void {
  if (!facts.isDirectory()) throw new MemfsError('not_a_directory', `${path} is not a directory`);
  let names: string[];
  try {
    names = readdirSync(path).sort();
  } catch (error) {
    throw unusable(path, error);
  }
  if (names.length === 0) return;
  const rest = names.length > shownStrays ? ` and ${names.length - shownStrays} more` : '';
  throw new MemfsError(
    'not_empty',
    `${path} is not empty: it holds ${names.slice(0, shownStrays).join(', ')}${rest}`,
    {
      hint: `memfsd store import ${quoted(store)} ${quoted(path)}, then empty it; or choose another directory`,
    },
  );
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
