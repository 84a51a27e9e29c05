/** Arguments that name the file of a store, not a store of the daemon. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readMountInfo } from '../api/mountinfo.js';
import { MemfsError } from '../core/errors.js';
import { memfsdType, mountOf } from '../core/mountinfo.js';
import { realLocation } from './target.js';

/** Its path; throws `not_found` where there is nothing; null: it names none, or something inside a mount, where a path names the store. */
export function storeFile(cwd: string, reference: string): string | null {
  if (!/\/|\.db$/.test(reference)) return null;
  const path = realLocation(resolve(cwd, reference));
  const isOurs = mountOf(path, readMountInfo())?.type === memfsdType;
  if (!isOurs && !existsSync(path)) throw new MemfsError('not_found', `there is no file ${path}`);
  const isFile = !isOurs && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isFile ? path : null;
}
