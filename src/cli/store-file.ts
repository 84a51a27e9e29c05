/** Arguments that name the file of a store, not a store of the daemon. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readMountInfo } from '../api/mountinfo.js';
import { memfsdType, mountOf } from '../core/mountinfo.js';
import { realLocation } from './target.js';

/** Its path; null: it names none, or something inside a mount, where a path names the store. */
export function storeFile(cwd: string, reference: string): string | null {
  if (!/\/|\.db$/.test(reference)) return null;
  const path = realLocation(resolve(cwd, reference));
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isFile && mountOf(path, readMountInfo())?.type !== memfsdType ? path : null;
}
