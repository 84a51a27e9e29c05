/** What of the host COMMAND sees inside of the wall: `--bind SRC[:DEST][:ro|:rw]`. */
import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { MemfsError } from '../../../core/errors.js';

export interface Bind {
  /** Links are followed. */
  readonly source: string;
  /** Where COMMAND sees it. */
  readonly place: string;
  readonly access: 'ro' | 'rw';
}

/** Relative paths are `cwd`'s; `~/` is `home`. Without DEST it is seen where it was named. */
export function parseBind(text: string, cwd: string, home: string): Bind {
  const [, named, access = 'rw'] = /^(.*?)(?::(ro|rw))?$/s.exec(text)!;
  const absolute = (path: string): string => resolve(cwd, path.replace(/^~(?=\/|$)/, home));
  const { source, place } = split(named!, absolute);
  if (named === '' || source === undefined)
    throw new MemfsError('usage', `--bind: "${text}" names nothing`, { hint: 'memfsd run --help' });
  try {
    return { source: realpathSync(source), place, access: access as 'ro' | 'rw' };
  } catch (cause) {
    throw new MemfsError('not_found', `--bind: ${source} does not exist`, { cause });
  }
}

/** A name may hold colons itself: what exists as a whole is one. */
function split(
  named: string,
  absolute: (path: string) => string,
): { source: string | undefined; place: string } {
  const whole = absolute(named);
  const colon = named.lastIndexOf(':/');
  if (named === '') return { source: undefined, place: whole };
  if (colon <= 0 || existsSync(whole)) return { source: whole, place: whole };
  return { source: absolute(named.slice(0, colon)), place: resolve(named.slice(colon + 1)) };
}
