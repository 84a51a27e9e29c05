/** The mounts of a run: made before COMMAND begins, and gone when it has ended. */
import type { ControlClient } from '../../api/client/client.js';
import type { MountRequest } from '../../api/endpoints/mounts.js';
import { readMountInfo } from '../../api/mountinfo.js';
import { asMemfsError } from '../../core/errors.js';
import { memfsdType } from '../../core/mountinfo.js';
import type { Context } from '../context.js';
import { safe } from '../text.js';

type Wanted = Omit<MountRequest, 'path' | 'store'>;

export class RunMounts {
  readonly #context: Context;
  readonly #paths: string[] = [];

  constructor(context: Context) {
    this.#context = context;
  }

  async add(client: ControlClient, store: string, path: string, wanted: Wanted): Promise<void> {
    const { problem } = await client.mounts.mount({ ...wanted, store, path });
    this.#paths.push(path);
    if (problem !== null) this.#context.note(`memfsd: ${safe(path)}: ${problem}`);
  }

  /** Never throws. What is in use goes out of sight, and is gone with its last user. */
  async remove(): Promise<void> {
    for (const path of this.#paths.splice(0).reverse()) {
      try {
        await this.#remove(path);
      } catch (thrown) {
        // The daemon may have been faster.
        if (isMounted(path))
          this.#context.note(`memfsd: ${safe(path)} stays mounted: ${asMemfsError(thrown).message}`);
      }
    }
  }

  async #remove(path: string): Promise<void> {
    // A daemon that was stopped has unmounted it; one that was killed has to be there for that.
    if (!isMounted(path)) return;
    const { detached } = await (await this.#context.daemon()).mounts.unmount({ path, lazy: true });
    if (detached)
      this.#context.note(`memfsd: ${safe(path)} is still in use by a process that COMMAND left behind`);
  }
}

const isMounted = (path: string): boolean =>
  readMountInfo().some((mount) => mount.path === path && mount.type === memfsdType);
