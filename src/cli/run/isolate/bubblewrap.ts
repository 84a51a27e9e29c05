/** Where bubblewrap is, and what it is told. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { MemfsError } from '../../../core/errors.js';
import type { Bind } from './bind.js';
import type { SystemView } from './system.js';

/** Throws `unsupported` where it is not installed. */
export function findBubblewrap({ PATH: path = '' }: NodeJS.ProcessEnv): string {
  const program = path
    .split(':')
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, 'bwrap'))
    .find(isExecutable);
  if (program !== undefined) return program;
  throw new MemfsError('unsupported', '--isolate needs bubblewrap, and there is no bwrap', {
    hint: 'install bubblewrap (Debian: apt-get install bubblewrap)',
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Enclosure {
  readonly system: SystemView;
  readonly home: Bind;
  /** The starter, and where it is seen. */
  readonly starter: Bind;
  /** Of the user's: the working directory and what was passed on. */
  readonly binds: readonly Bind[];
  /** Mounts of memory, each where it is. */
  readonly memory: readonly string[];
  readonly cwd: string;
  readonly network: boolean;
  /** Without it, nothing inside has a controlling terminal. */
  readonly terminal: boolean;
  readonly asRoot: boolean;
}

/**
 * The namespaces and what is seen in them. The capabilities are for the starter alone, which needs them to finish the
 * wall and takes them away for good before COMMAND begins.
 */
export function bubblewrapArguments(enclosure: Enclosure): string[] {
  const { system, home, starter, binds, memory, cwd, network, terminal, asRoot } = enclosure;
  return [
    ...(asRoot ? [] : ['--unshare-user']),
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...(network ? [] : ['--unshare-net']),
    ...(terminal ? [] : ['--new-session']),
    ...['--die-with-parent', '--as-pid-1'],
    ...['--cap-drop', 'ALL', '--cap-add', 'CAP_SYS_ADMIN', '--cap-add', 'CAP_SETPCAP'],
    ...['--proc', '/proc', '--dev', '/dev', '--perms', '1777', '--tmpfs', '/dev/shm'],
    ...['/tmp', '/var/tmp'].flatMap((place) => ['--perms', '1777', '--tmpfs', place]),
    ...['--perms', '0755', '--tmpfs', '/run', '--perms', '0755', '--dir', '/etc'],
    ...inOrder(system.binds).flatMap(bindArguments),
    ...system.links.flatMap(({ target, place }) => ['--symlink', target, place]),
    ...bindArguments(starter),
    ...inOrder([home, ...binds, ...memory.map(ownMount)]).flatMap(bindArguments),
    ...['--remount-ro', '/', '--chdir', cwd],
  ];
}

const ownMount = (path: string): Bind => ({ source: path, place: path, access: 'rw' });

/** What holds another one comes first: it would hide it. The sort is stable, so of equals the last one is seen. */
const inOrder = (binds: readonly Bind[]): Bind[] =>
  binds.toSorted((a, b) => a.place.split('/').length - b.place.split('/').length);

const bindArguments = ({ source, place, access }: Bind): string[] => [
  access === 'ro' ? '--ro-bind' : '--bind',
  source,
  place,
];
