/** Whether `memfsd run --isolate` works on this machine, and how high its wall is. */
import { spawnSync } from 'node:child_process';
import { release } from 'node:os';
import { MemfsError } from '../../../core/errors.js';
import { findBubblewrap } from './bubblewrap.js';

export interface IsolationCheck {
  readonly name: 'isolation';
  readonly state: 'good' | 'warning';
  readonly detail: string;
  readonly cure: string | null;
}

/** In ms. */
const limit = 5_000;

const weak = (detail: string, cure: string): IsolationCheck => ({
  name: 'isolation',
  state: 'warning',
  detail,
  cure,
});

export function inspectIsolation(environment: NodeJS.ProcessEnv): IsolationCheck {
  let program: string;
  try {
    program = findBubblewrap(environment);
  } catch (thrown) {
    if (!(thrown instanceof MemfsError)) throw thrown;
    return weak(thrown.message, thrown.hint!);
  }
  const refusal = refusedNamespaces(program);
  if (refusal !== null)
    return weak(
      `${program} may not make namespaces here: ${refusal}`,
      'allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, ' +
        'kernel.apparmor_restrict_unprivileged_userns), or the security options of the container',
    );
  if (!refusesAbstractSockets(release()))
    return weak(
      `with ${program}; Linux ${release()} does not keep a command from abstract sockets of the host`,
      'Linux 6.12 or newer, or memfsd run --isolate --no-network',
    );
  return { name: 'isolation', state: 'good', detail: `memfsd run --isolate, with ${program}`, cure: null };
}

function refusedNamespaces(program: string): string | null {
  const user = process.geteuid?.() === 0 ? [] : ['--unshare-user'];
  const namespaces = [...user, '--unshare-pid', '--unshare-ipc', '--unshare-uts'];
  const args = [...namespaces, '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', 'true'];
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: limit });
  return status === 0 ? null : (stderr ?? '').trim() || 'it does not answer';
}

/** LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET. */
export function refusesAbstractSockets(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  return major > 6 || (major === 6 && minor >= 12);
}
