/** Makes mounts through the keeper, and again when a connection breaks. */
import { asMemfsError, MemfsError, mayPass } from '../../core/errors.js';
import type { MountRow } from '../catalog.js';
import type { HeldMount } from '../keeper/messages.js';
import type { LiveMount, LiveMounts } from './live-mounts.js';
import { MountCallers } from './mount-callers.js';
import { mountSource } from './mount-source.js';
import type { MountsParts } from './parts.js';
import { serveMount } from './serve-mount.js';

const negotiationLimitMs = 10_000;
/** A mount that failed for want of room is tried again after this time. */
const againMs = 2_000;

export class MountMaker {
  readonly #parts: MountsParts;
  readonly #live: LiveMounts;
  readonly #callers: MountCallers;

  constructor(parts: MountsParts, live: LiveMounts) {
    this.#parts = parts;
    this.#live = live;
    this.#callers = new MountCallers(parts);
  }

  /**
   * Resolves once the kernel and this engine have agreed (INIT); else nothing is left of it. `replace`: what is dead at the
   * path makes room.
   */
  async make(row: MountRow, replace: boolean): Promise<void> {
    const { link, mark } = this.#parts;
    const { connection, path } = row;
    const source = mountSource(row.store, connection, mark);
    const descriptor = await link.mount({
      connection,
      path,
      source,
      allow_other: row.allow_other === 1,
      read_only: row.scope === 'read_only',
      suid_dev: row.suid_dev === 1,
      replace,
    });
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new MemfsError('internal', 'the kernel did not begin to talk')),
          negotiationLimitMs,
        );
        this.serve(row, { connection, path, source, descriptor }, () => {
          clearTimeout(timer);
          resolve();
        });
      });
    } catch (error) {
      this.#live.get(connection)?.connection.close();
      this.#live.delete(connection);
      await link.giveUp(connection);
      throw error;
    }
  }

  /** The descriptor is its own from here on, also when it throws. */
  serve(
    row: MountRow,
    mount: HeldMount & { readonly descriptor: number },
    negotiated: () => void,
  ): LiveMount {
    const live = serveMount(this.#parts, this.#callers, row, mount, {
      negotiated,
      ended: (each) => this.#ended(each),
    });
    this.#live.add(live);
    return live;
  }

  /** Never throws: why a mount cannot be made again stands in the catalog, and what may pass is tried again. */
  async remount(row: MountRow): Promise<void> {
    const { catalog, stores, log } = this.#parts;
    let next = row;
    try {
      stores.get(row.store);
      next = catalog.renewMount(row);
      await this.make(next, true);
      log.info({ path: row.path }, 'mounted again');
    } catch (thrown) {
      const error = asMemfsError(thrown);
      const { message, hint } = error;
      catalog.setProblem(next.connection, hint === undefined ? message : `${message} (${hint})`);
      log.error({ path: row.path, error: message }, 'cannot be mounted again');
      if (mayPass(error)) setTimeout(() => this.#remountLater(next), againMs).unref();
    }
  }

  #remountLater(row: MountRow): void {
    const isWanted = this.#parts.catalog.findMount(row.path)?.connection === row.connection;
    if (!this.#live.isStopping && isWanted && !this.#live.pending.has(row.path)) void this.remount(row);
  }

  #ended(live: LiveMount): void {
    const { row, source, connection } = live;
    const { catalog, link, log, mountInfo } = this.#parts;
    connection.close();
    if (!this.#live.delete(row.connection) || live.leaving || this.#live.isStopping) return;
    link.forget(row.connection);
    if (catalog.findMount(row.path)?.connection !== row.connection) return;
    const aborted = mountInfo().some((mount) => mount.source === source);
    log.warn({ path: row.path, aborted }, 'the connection ended');
    if (aborted) void this.remount(row);
    else if (!this.#live.pending.has(row.path)) catalog.dropMount(row.connection);
  }
}
