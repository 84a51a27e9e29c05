/** Failures of mounting, in the words of a person who mounts. */
import { Errno, type ErrorCode, MemfsError } from '../core/errors.js';
import type { SystemError } from './native.js';

const codes: Readonly<Record<number, ErrorCode>> = {
  [Errno.EPERM]: 'not_permitted',
  [Errno.EACCES]: 'access_denied',
  [Errno.ENOENT]: 'not_found',
  [Errno.ENODEV]: 'unsupported',
  [Errno.ENXIO]: 'unsupported',
  [Errno.EBUSY]: 'busy',
  [Errno.EINVAL]: 'invalid',
  [Errno.ENOTDIR]: 'not_a_directory',
  [Errno.ENAMETOOLONG]: 'name_too_long',
};

export function failed(what: string, thrown: unknown, hint?: string): MemfsError {
  const error = thrown as SystemError;
  const details = hint === undefined ? { cause: thrown } : { cause: thrown, hint };
  return new MemfsError(codes[error.errno] ?? 'internal', `${what}: ${error.message}`, details);
}

/** mount(2) and umount2(2) need it; others ask fusermount3. */
export const canMountDirectly = (): boolean => process.geteuid?.() === 0;
