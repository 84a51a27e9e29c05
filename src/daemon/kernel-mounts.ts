/** Mounting and unmounting for the keeper, which nothing here may hold up for long. */
import { closeSync, fchmodSync, fstatSync, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { readMountInfo } from '../api/mountinfo.js';
import { type ErrorCode, MemfsError } from '../core/errors.js';
import { type MountInfo, memfsdType } from '../core/mountinfo.js';
import { abortConnection, mount } from '../fuse/mount.js';
import { inspectMachine } from './health.js';
import type { KernelMounts } from './kernel.js';
import type { MountOrder } from './messages.js';
import type { UnmountAnswer, UnmountOrder } from './unmount-worker.js';

const unmountLimit = 15_000;

export const kernelMounts = (data: string): KernelMounts => ({
  async mount(order) {
    if (order.replace) await detachLeftOver(order);
    try {
      const { source, path } = order;
      const options = {
        source,
        allowOther: order.allow_other,
        readOnly: order.read_only,
        suidDev: order.suid_dev,
      };
      return await writable(path, () => mount(path, options));
    } catch (error) {
      throw explained(error, order, data);
    }
  },
  unmount: unmountInWorker,
  abort: abortConnection,
});

/**
 * A mount of this store at this path, of which no keeper holds the descriptor any more. It is not asked
 * whether it is dead: the kernel may answer stat(2) from its cache for long after.
 */
async function detachLeftOver({ path, source }: MountOrder): Promise<void> {
  const isLeftOver = (mount: MountInfo): boolean =>
    mount.type === memfsdType && mount.path === path && mount.source === source;
  for (const _ of readMountInfo().filter(isLeftOver)) await unmountInWorker(path, true);
}

/**
 * umount(2) waits for dirty pages, so for the engine; the keeper must stay free to start the next one.
 */
function unmountInWorker(path: string, lazy: boolean): Promise<void> {
  const order: UnmountOrder = { path, lazy };
  const worker = new Worker(new URL('./unmount-worker.js', import.meta.url), { workerData: order });
  worker.unref();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new MemfsError('busy', `${path} could not be unmounted within ${unmountLimit / 1000} s`)),
      unmountLimit,
    );
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      if (error === undefined) resolve();
      else reject(error);
    };
    worker.once('message', (answer: UnmountAnswer) => {
      if (answer === null) settle();
      else settle(new MemfsError(answer.code as ErrorCode, answer.message, hintFor(answer.code, path)));
    });
    worker.once('error', settle);
  });
}

const hintFor = (code: string, path: string): { hint?: string } =>
  code === 'busy' ? { hint: `close what is open below it (fuser -vm ${path}), then try again` } : {};

/**
 * fusermount3 wants write permission on the mountpoint; ours are 0555. The mode is changed by descriptor,
 * which goes on naming the directory underneath once something is mounted on it.
 */
async function writable<T>(path: string, action: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() === 0) return action();
  const descriptor = openSync(path, 'r');
  try {
    const { mode, uid } = fstatSync(descriptor);
    if ((mode & 0o200) !== 0 || uid !== process.geteuid?.()) return await action();
    fchmodSync(descriptor, (mode & 0o7777) | 0o200);
    try {
      return await action();
    } finally {
      fchmodSync(descriptor, mode & 0o7777);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Where nothing can be mounted at all, that is the news, with its cure. */
function explained(error: unknown, order: MountOrder, data: string): unknown {
  const cause = inspectMachine(data).find(({ state }) => state === 'bad');
  if (cause !== undefined)
    return new MemfsError('unsupported', `nothing can be mounted here: ${cause.name} ${cause.detail}`, {
      hint: cause.cure ?? 'memfsd doctor',
      cause: error,
    });
  const refused = error instanceof MemfsError && ['not_permitted', 'access_denied'].includes(error.code);
  if (refused && process.geteuid?.() === 0)
    return new MemfsError(
      'unsupported',
      `mount(2) at ${order.path} is not permitted here, not even to root`,
      {
        hint: 'in a container: --device /dev/fuse --cap-add SYS_ADMIN --security-opt apparmor=unconfined',
        cause: error,
      },
    );
  return error;
}
