import { parentPort, workerData } from 'node:worker_threads';
import { asMemfsError } from '../core/errors.js';
import { unmount } from '../fuse/mount.js';

export interface UnmountOrder {
  readonly path: string;
  readonly lazy: boolean;
}

/** Null: done. */
export type UnmountAnswer = { readonly code: string; readonly message: string } | null;

const { path, lazy } = workerData as UnmountOrder;
let answer: UnmountAnswer = null;
try {
  await unmount(path, lazy);
} catch (thrown) {
  const { code, message } = asMemfsError(thrown);
  answer = { code, message };
}
parentPort!.postMessage(answer);
