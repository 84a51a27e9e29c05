/** Arguments that name the file of a store, not a store of the daemon. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readMountInfo } from '../api/mountinfo.js';
import { MemfsError } from '../core/errors.js';
import { memfsdType, mountOf } from '../core/mountinfo.js';
import { realLocation } from './target.js';

/**
 * Its path; null: it names none, or something inside a mount, where a path names the store. Throws `not_found` where
 * there is nothing, `invalid` for a pipe, a socket or a device.
 */
export function storeFile(cwd: string, reference: string): string | null {
  if (!/\/|\.db$/.test(reference)) return null;
  const path = realLocation(resolve(cwd, reference));
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts?.isDirectory() || mountOf(path, readMountInfo())?.type === memfsdType) return null;
  if (facts === undefined) throw new MemfsError('not_found', `there is no file ${path}`);
  if (facts.isFile()) return path;
  throw new MemfsError('invalid', `${path} is no regular file`, { hint: 'copy its content to a file' });
}
