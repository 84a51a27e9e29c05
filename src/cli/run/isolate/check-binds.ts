/** Refuses what must not be seen inside of the wall: the data directory, other mounts of memfsd, the kernel's own directories. */
import { MemfsError } from '../../../core/errors.js';
import { isInside, type MountInfo, memfsdType, mountOf } from '../../../core/mountinfo.js';
import type { Bind } from './bind.js';
import { leadsTo } from './reach.js';

/** They are made anew inside; the host's would show what goes on there. */
const kernels = ['/proc', '/sys', '/dev'];

export interface Outside {
  /** Real path of the data directory. */
  readonly data: string;
  readonly mounts: readonly MountInfo[];
}

/** Throws `access_denied` or `invalid`. */
export function checkBind({ source, place }: Bind, { data, mounts }: Outside): void {
  if (leadsTo(source, data, mounts))
    throw new MemfsError('access_denied', `${source} leads to the data directory, ${data}`, {
      hint: 'pass on a directory that neither holds it nor lies in it',
    });
  const mount = mountOf(source, mounts);
  if (mount?.type === memfsdType)
    throw new MemfsError('access_denied', `${source} lies on ${mount.path}, a mount of memfsd`, {
      hint: 'give its store with --store instead',
    });
  const system = kernels.find((each) => isInside(source, each) || isInside(place, each));
  if (system !== undefined || source === '/' || place === '/')
    throw new MemfsError('invalid', `${source} cannot be passed on to ${place}`, {
      hint: `${system ?? '/'} is made anew for COMMAND`,
    });
}
