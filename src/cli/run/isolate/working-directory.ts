/** The directory in which COMMAND works: seen as it is, if it is a place for work and nothing wider. */
import { MemfsError } from '../../../core/errors.js';
import { isInside } from '../../../core/mountinfo.js';
import { realLocation } from '../../target.js';
import type { Bind } from './bind.js';

/** Whoever stands there most likely does not mean all of it. */
const wide = [
  '/',
  '/boot',
  '/etc',
  '/home',
  '/media',
  '/mnt',
  '/opt',
  '/root',
  '/run',
  '/srv',
  '/tmp',
  '/var',
  '/var/tmp',
];

/**
 * What to bind for it; undefined: it can be seen already. Throws `access_denied` when it is a home directory or wider,
 * unless it was passed on with `--bind`.
 */
export function bindWorkingDirectory(
  cwd: string,
  home: string,
  visible: readonly Pick<Bind, 'place'>[],
): Bind | undefined {
  if (visible.some(({ place }) => isInside(cwd, place))) return undefined;
  if (wide.includes(cwd) || isInside(home, cwd) || isInside(realLocation(home), cwd))
    throw new MemfsError(
      'access_denied',
      `the working directory is ${cwd}: all that is in it would be seen from inside of the wall`,
      {
        hint: `change to the directory of the work${cwd === '/' ? '' : `, or say --bind ${cwd} if this is meant`}`,
      },
    );
  return { source: cwd, place: cwd, access: 'rw' };
}
