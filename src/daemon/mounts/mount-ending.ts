/** Unmounts single mounts, by request. */
import type { UnmountReply } from '../../api/endpoints/mounts.js';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { memfsdType } from '../../core/mountinfo.js';
import type { LiveMount, LiveMounts } from './live-mounts.js';
import type { MountsParts } from './parts.js';

/** `detached`: it is in use, perhaps in another mount namespace, and goes on for those who use it. */
export type Unmounted = Omit<UnmountReply, 'unmounted'>;

const endLimitMs = 2_000;

export class MountEnding {
  readonly #parts: MountsParts;
  readonly #live: LiveMounts;
  /** By path: whoever asks for the same meanwhile waits for it. */
  readonly #unmounting = new Map<string, Promise<Unmounted>>();

  constructor(parts: MountsParts, live: LiveMounts) {
    this.#parts = parts;
    this.#live = live;
  }

  /**
   * Throws `busy` when it is in use; `lazy`: then it is detached. So is what another mount namespace has, which is known only
   * after. `byOwner`: what it alone gave its session is taken away with it; a session that unmounts something may do afterwards
   * what it might before. Throws `not_found` where this daemon has no mount.
   */
  async unmount(path: string, lazy: boolean, byOwner: boolean): Promise<Unmounted> {
    const underWay = await this.#unmounting.get(path)?.catch(() => undefined);
    if (underWay !== undefined) return underWay;
    const unmounting = this.#unmount(path, lazy, byOwner).finally(() => this.#unmounting.delete(path));
    this.#unmounting.set(path, unmounting);
    return unmounting;
  }

  async #unmount(path: string, lazy: boolean, byOwner: boolean): Promise<Unmounted> {
    const { catalog, sessions } = this.#parts;
    const row = catalog.findMount(path);
    if (row === undefined) throw this.#notMounted(path);
    const live = this.#live.get(row.connection);
    // Dropped first: an engine that dies in between must not mount again what is unmounted.
    catalog.dropMount(row.connection);
    const withdrawn = byOwner ? sessions.unmounted(row, catalog.othersOf(row)) : undefined;
    try {
      if (live !== undefined) await this.leave(live);
      return { detached: live?.detached === true };
    } catch (error) {
      if (lazy && live !== undefined && (await this.#detach(live, error))) return { detached: true };
      catalog.keepMount(row.connection);
      if (withdrawn !== undefined) sessions.giveBack(withdrawn);
      throw error;
    }
  }

  #notMounted(path: string): MemfsError {
    const foreign = this.#parts.mountInfo().some((mount) => mount.path === path && mount.type === memfsdType);
    return foreign
      ? new MemfsError('not_found', `the mount at ${path} is not one of this daemon`, {
          hint: `give its data directory with --data; if it is dead: fusermount3 -u -z ${path}`,
        })
      : new MemfsError('not_found', `no store is mounted at ${path}`, { hint: 'memfsd mounts' });
  }

  /** Whether that could be done about the error. */
  async #detach(live: LiveMount, error: unknown): Promise<boolean> {
    if (asMemfsError(error).code !== 'busy') return false;
    live.leaving = true;
    try {
      await this.#parts.link.unmount(live.row.connection, true);
    } catch {
      // Something else is mounted over it or in it, which the error says.
      live.leaving = false;
      return false;
    }
    live.detached = true;
    return true;
  }

  /** Throws `busy` when files are open below. Detached, when another mount namespace has it too. */
  async leave(live: LiveMount): Promise<void> {
    live.leaving = true;
    try {
      await this.#parts.link.unmount(live.row.connection, false);
    } catch (error) {
      live.leaving = false;
      throw error;
    }
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, endLimitMs);
    });
    await Promise.race([live.ended, limit]);
    clearTimeout(timer);
    live.detached = this.#live.has(live.row.connection);
  }
}
