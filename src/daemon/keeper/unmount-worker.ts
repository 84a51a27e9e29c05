import { parentPort, workerData } from 'node:worker_threads';
import { asMemfsError } from '../../core/errors.js';
import type { MountIdentity } from '../../fuse/mountinfo.js';
import { unmount } from '../../fuse/unmount.js';

export interface UnmountOrder extends MountIdentity {
  readonly lazy: boolean;
}

/** Null: done. */
export type UnmountAnswer = {
  readonly code: string;
  readonly message: string;
  readonly details: { readonly hint?: string };
} | null;

const { lazy, ...mount } = workerData as UnmountOrder;
let answer: UnmountAnswer = null;
try {
  await unmount(mount, lazy);
} catch (thrown) {
  const { code, message, hint } = asMemfsError(thrown);
  answer = { code, message, details: hint === undefined ? {} : { hint } };
}
parentPort!.postMessage(answer);
