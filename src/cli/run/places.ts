/** Where a run mounts its stores: directories that are looked over, or made, before and removed after. */
import { mkdirSync, mkdtempSync, realpathSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { MemfsError } from '../../core/errors.js';
import { prepareMountpoint } from '../mountpoint.js';

/** In bytes, of a name in a directory. */
const longestName = 255;

export interface Places {
  /** In the order of `stores`. */
  readonly paths: readonly string[];
  /** The only one, or the directory that holds them all. */
  readonly whole: string;
  /** What was made for it, the outermost first. */
  readonly made: readonly string[];
  /** What was made goes, as far as it is empty. */
  remove(): void;
}

interface NamedStore {
  readonly id: string;
  readonly name: string;
}

/** `directory`: the mountpoint of the only store, or what holds those of several; default: a private one. */
export function preparePlaces(
  cwd: string,
  directory: string | undefined,
  stores: readonly NamedStore[],
): Places {
  const made: string[] = [];
  const remove = (): void => {
    for (const path of made.splice(0).reverse()) removeEmpty(path);
  };
  try {
    if (directory !== undefined && stores.length === 1) {
      const path = prepare(cwd, directory, made);
      return { paths: [path], whole: path, made, remove };
    }
    const base = directory === undefined ? privateDirectory(made) : sharedDirectory(cwd, directory, made);
    const paths = stores.map((store) => prepare(cwd, join(base, directoryName(store)), made));
    return { paths, whole: paths.length === 1 ? paths[0]! : base, made, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function prepare(cwd: string, directory: string, made: string[]): string {
  const { path, isNew } = prepareMountpoint(cwd, directory);
  if (isNew) made.push(path);
  return path;
}

/** Any name of a store is one of a directory, but for its length. */
const directoryName = ({ id, name }: NamedStore): string =>
  Buffer.byteLength(name) > longestName ? id : name;

function privateDirectory(made: string[]): string {
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'memfsd-run-'));
  made.push(path);
  return path;
}

function sharedDirectory(cwd: string, directory: string, made: string[]): string {
  const path = resolve(cwd, directory);
  try {
    mkdirSync(path);
    made.push(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new MemfsError('not_found', `${dirname(path)} does not exist`, { cause: error });
    if (code !== 'EEXIST')
      throw new MemfsError('access_denied', `${path} cannot be made: ${message}`, { cause: error });
  }
  return path;
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Something was put there, or it went already.
  }
}
