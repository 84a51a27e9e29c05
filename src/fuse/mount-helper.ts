import { spawn } from 'node:child_process';
import { MemfsError } from '../core/errors.js';
import type { MountOptions } from './mount-options.js';
import { native } from './native.js';

/** Milliseconds; fusermount3 needs a few. */
const LIMIT = 10_000;

function run(path: string, options: string, socket: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('fusermount3', ['-o', options, '--', path], {
      stdio: ['ignore', 'ignore', 'pipe', socket],
      env: { ...process.env, _FUSE_COMMFD: '3' },
      timeout: LIMIT,
    });
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      const hint = 'install fuse3 (Debian: apt-get install fuse3), or run as root';
      reject(
        new MemfsError(missing ? 'unsupported' : 'internal', `fusermount3: ${error.message}`, {
          cause: error,
          hint,
        }),
      );
    });
    child.on('close', (status) => {
      if (status === 0) resolve(text);
      else reject(new MemfsError('not_permitted', text.trim() || `fusermount3 ended with ${status}`));
    });
  });
}

/**
 * Lets the set-user-id program fusermount3 mount, which passes the descriptor back over a socket. It adds
 * nosuid, nodev and the caller's ids itself. Throws what the helper printed.
 */
export async function mountWithHelper(path: string, options: MountOptions): Promise<number> {
  if (options.suidDev) throw new MemfsError('not_permitted', 'only root mounts with suid and dev');
  const addon = native();
  const [ours, theirs] = addon.socketpair();
  const words = ['default_permissions', `fsname=${options.source}`, 'subtype=memfsd'];
  if (options.allowOther) words.push('allow_other');
  if (options.readOnly) words.push('ro');
  let close = () => {};
  const received = new Promise<number>((resolve, reject) => {
    const socket = new addon.DescriptorSocket(
      ours,
      (_, descriptors) => resolve(descriptors[0] ?? -1),
      () => reject(new MemfsError('internal', 'fusermount3 passed no descriptor')),
    );
    close = () => socket.close();
  });
  // The helper's failure says more than the socket's end that it causes.
  received.catch(() => {});
  try {
    const finished = run(path, words.join(','), theirs);
    addon.closeDescriptor(theirs);
    await finished;
    const descriptor = await received;
    addon.prepareDescriptor(descriptor);
    return descriptor;
  } finally {
    close();
  }
}
