/** The mounts that this engine serves, by connection, and the paths that are about to have one. */
import { type MountInfo, otherPlaceOf } from '../../core/mountinfo.js';
import type { MountRow } from '../catalog.js';
import type { KernelConnection } from '../engine/kernel.js';

export interface LiveMount {
  readonly row: MountRow;
  /** As in mountinfo, where no other mount has it. */
  readonly source: string;
  readonly connection: KernelConnection;
  /** Resolved when the kernel said that the connection is over. */
  readonly ended: Promise<void>;
  /** Its end is asked for. */
  leaving: boolean;
  /** Out of sight, and served until its last user is gone. */
  detached: boolean;
}

export class LiveMounts {
  readonly pending = new Set<string>();
  /** The engine ends: a connection that does so too is not made again. */
  isStopping = false;
  readonly #mounts = new Map<number, LiveMount>();

  add(live: LiveMount): void {
    this.#mounts.set(live.row.connection, live);
  }

  get(connection: number): LiveMount | undefined {
    return this.#mounts.get(connection);
  }

  has(connection: number): boolean {
    return this.#mounts.has(connection);
  }

  /** Returns whether it was there. */
  delete(connection: number): boolean {
    return this.#mounts.delete(connection);
  }

  all(): LiveMount[] {
    return [...this.#mounts.values()];
  }

  clear(): void {
    this.#mounts.clear();
  }

  /** The session's own mounts, the oldest first. */
  ofSession(session: string): MountRow[] {
    return this.all()
      .map(({ row }) => row)
      .filter((row) => row.session === session)
      .sort((a, b) => a.connection - b.connection);
  }

  /** Paths of mounts that are out of sight and in use: nobody can go on with them after this engine. */
  detached(): string[] {
    return this.all()
      .filter(({ detached }) => detached)
      .map(({ row }) => row.path);
  }

  /** Paths of mounts in use at other places than their own, where they are ended when the daemon stops. */
  usedElsewhere(mounts: readonly MountInfo[]): string[] {
    const others = this.all().filter(({ source, detached }) => {
      const mount = mounts.find((each) => each.source === source);
      return !detached && mount !== undefined && otherPlaceOf(mount, mounts) !== undefined;
    });
    return [...this.detached(), ...others.map(({ row }) => row.path)];
  }
}
