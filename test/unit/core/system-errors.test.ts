import { expect, test } from 'vitest';
import { asMemfsError, mayPass } from '../../../src/core/errors.js';

const thrown = (code: string, errno?: number): Error =>
  Object.assign(new Error(code), { code, ...(errno === undefined ? {} : { errno }) });

test.each([
  [thrown('ENOSPC', -28), 'no_space', 28],
  [thrown('SQLITE_FULL'), 'no_space', 28],
  // libuv has no name for it.
  [thrown('UNKNOWN', -122), 'quota', 122],
  [thrown('EROFS', -30), 'read_only', 30],
  [thrown('SQLITE_BUSY'), 'busy', 16],
] as const)('%s is %s, may pass, and goes to the kernel as %i', (error, code, errno) => {
  const known = asMemfsError(error);
  expect(known.code).toBe(code);
  expect(mayPass(known)).toBe(true);
  expect(known.errno).toBe(errno);
});

test.each([thrown('UNKNOWN', -5), thrown('EIO', -5), thrown('SQLITE_IOERR_WRITE'), thrown('SQLITE_CORRUPT')])(
  '%s does not pass',
  (error) => {
    expect(mayPass(asMemfsError(error))).toBe(false);
    expect(asMemfsError(error).errno).toBe(5);
  },
);
