/** The small program that begins COMMAND (native/starter): when it is told to, and inside of the wall. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MemfsError } from '../../core/errors.js';

const program = fileURLToPath(new URL('../../../native/build/Release/memfsd-starter', import.meta.url));

/** Its path. Throws `unsupported` where it was not built. */
export function starter(): string {
  if (existsSync(program)) return program;
  throw new MemfsError('unsupported', `${program} is missing: the native part of memfsd is not built`, {
    hint: 'node scripts/build-native.mjs, with a C++ compiler, make and Python 3',
  });
}
