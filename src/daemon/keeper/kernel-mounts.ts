/** Mounting and unmounting for the keeper, which nothing here may hold up for long. */
import { Worker } from 'node:worker_threads';
import { type ErrorCode, MemfsError } from '../../core/errors.js';
import { isInside } from '../../core/mountinfo.js';
import { abortConnection } from '../../fuse/connection-control.js';
import { mount } from '../../fuse/mount.js';
import type { MountIdentity } from '../../fuse/mountinfo.js';
import { abortMount } from '../../fuse/unmount.js';
import type { KernelMounts } from '../engine/kernel.js';
import { inspectMachine } from '../health.js';
import { isAlike } from '../mounts/mount-source.js';
import type { UnmountAnswer, UnmountOrder } from './unmount-worker.js';

const unmountLimit = 15_000;

export const kernelMounts = (data: string): KernelMounts => ({
  async mount(order) {
    refuseDataDirectory(order.path, data);
    try {
      return await mount(order.path, {
        source: order.source,
        allowOther: order.allow_other,
        readOnly: order.read_only,
        suidDev: order.suid_dev,
        isLeftOver: (source) => order.replace && isAlike(source, order.source),
      });
    } catch (error) {
      throw explained(error, data);
    }
  },
  unmount: unmountInWorker,
  async abort(mount) {
    if (mount.control === null) return abortMount(mount);
    abortConnection(mount.control);
    return true;
  },
});

function refuseDataDirectory(path: string, data: string): void {
  if (!isInside(path, data) && !isInside(data, path)) return;
  throw new MemfsError('invalid', `${path} and the data directory ${data} lie in each other`, {
    hint: 'choose a directory elsewhere',
  });
}

/**
 * umount(2) waits for dirty pages, so for the engine; the keeper must stay free to start the next one.
 */
function unmountInWorker({ id, source }: MountIdentity, lazy: boolean): Promise<void> {
  const order: UnmountOrder = { id, source, lazy };
  const worker = new Worker(new URL('./unmount-worker.js', import.meta.url), { workerData: order });
  worker.unref();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(new MemfsError('busy', `${source} could not be unmounted within ${unmountLimit / 1000} s`)),
      unmountLimit,
    );
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      if (error === undefined) resolve();
      else reject(error);
    };
    worker.once('message', (answer: UnmountAnswer) => {
      if (answer === null) settle();
      else settle(new MemfsError(answer.code as ErrorCode, answer.message, answer.details));
    });
    worker.once('error', settle);
  });
}

/** Where nothing can be mounted at all, that is the news, with its cure. */
function explained(error: unknown, data: string): unknown {
  const cause = inspectMachine(data).find(({ state }) => state === 'bad');
  if (cause !== undefined)
    return new MemfsError('unsupported', `nothing can be mounted here: ${cause.name} ${cause.detail}`, {
      hint: cause.cure ?? 'memfsd doctor',
      cause: error,
    });
  return error;
}
