/** The mounts of this daemon: made through the keeper, served by this engine, remembered by the catalog. */
import type { MountRequest, MountSummary } from '../../api/endpoints/mounts.js';
import { MemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import { isInside } from '../../core/mountinfo.js';
import { ScopeMatcher } from '../../core/scope.js';
import type { StoreRow } from '../catalog.js';
import type { TakenOver } from '../engine/keeper-link.js';
import { adoptMounts } from './adopt-mounts.js';
import { abandonMounts, forgetMounts, leaveMounts, unmountAll } from './end-of-engine.js';
import { LiveMounts } from './live-mounts.js';
import { MountEnding, type Unmounted } from './mount-ending.js';
import { MountMaker } from './mount-maker.js';
import { mountSummary } from './mount-summary.js';
import type { MountsParts } from './parts.js';
import { endRun, sessionsOfRuns } from './run-mounts.js';
import { grantsOf, type SessionGrant } from './session-grants.js';

export class Mounts {
  readonly #parts: MountsParts;
  readonly #live = new LiveMounts();
  readonly #maker: MountMaker;
  readonly #ending: MountEnding;

  constructor(parts: MountsParts) {
    this.#parts = parts;
    this.#maker = new MountMaker(parts, this.#live);
    this.#ending = new MountEnding(parts, this.#live);
  }

  list(): MountSummary[] {
    return this.#parts.catalog.listMounts().map((row) => mountSummary(row, this.#parts, this.#live));
  }

  adopt(held: TakenOver['held']): void {
    adoptMounts(this.#parts, this.#maker, held);
  }

  /** Mounts again what should be there and is not: after a keeper's death, or on kernels without resend. */
  async remountMissing(): Promise<void> {
    const missing = this.#parts.catalog.listMounts().filter((row) => !this.isLive(row.connection));
    await Promise.all(missing.map((row) => this.#maker.remount(row)));
  }

  /**
   * `byOwner`: what it shows is what its session may do from now on, also when the mount is gone. Throws `busy` or `invalid`
   * for a path that cannot have one, `not_found` for a store or a branch.
   */
  async mount(request: MountRequest, actor: Actor, byOwner: boolean): Promise<MountSummary> {
    const { catalog, sessions } = this.#parts;
    const store = catalog.getStore(request.store);
    this.#parts.stores.writable(store.id);
    const { path, branch } = request;
    this.#requireBranch(store, branch);
    // Throws for a pattern that is none.
    new ScopeMatcher({ mode: request.scope, rules: request.allow });
    this.#refuseTakenPath(path);
    this.#live.pending.add(path);
    try {
      await this.#parts.stores.examined(store.id);
      const { at } = request;
      const row = catalog.addMount({
        path,
        store: store.id,
        branch,
        scope: at === undefined ? request.scope : 'read_only',
        agent: actor.agent,
        session: actor.session,
        allow_other: request.allow_other ? 1 : 0,
        suid_dev: request.suid_dev ? 1 : 0,
        allow: JSON.stringify(request.allow),
        precondition: request.precondition,
        on_conflict: request.on_conflict,
        // A time is the record that was the newest then, whatever the clock is set to later.
        at: at === undefined ? null : String(this.#parts.stores.get(store.id).seqOf(at)),
        for_run: request.for_run === undefined ? null : JSON.stringify(request.for_run.remove),
        by_session: byOwner ? 0 : 1,
      });
      try {
        await this.#maker.make(row, false);
        await this.#parts.stores.get(store.id).settled();
        if (byOwner) sessions.mounted(row, catalog.othersOf(row));
      } catch (error) {
        catalog.dropMount(row.connection);
        throw error;
      }
      return mountSummary(row, this.#parts, this.#live);
    } finally {
      this.#live.pending.delete(path);
    }
  }

  #requireBranch({ id, name }: StoreRow, branch: string): void {
    const names = this.#parts.stores
      .get(id)
      .branches()
      .map((each) => each.name);
    if (!names.includes(branch))
      throw new MemfsError('not_found', `${name} has no branch "${branch}"`, {
        hint: `it has ${names.join(', ')}; others come with dreams`,
      });
  }

  /** Against the mounts of this daemon only: the keeper sees what else lies at the path when it mounts. */
  #refuseTakenPath(path: string): void {
    const { pending } = this.#live;
    if (pending.has(path) || this.#parts.catalog.findMount(path) !== undefined)
      throw new MemfsError('busy', `a store is mounted at ${path} already`, {
        hint: `memfsd unmount ${path}`,
      });
    const others = [...pending, ...this.#parts.catalog.listMounts().map((row) => row.path)];
    if (others.some((other) => isInside(path, other)))
      throw new MemfsError('invalid', `${path} lies inside another memfsd mount`, {
        hint: 'choose a directory outside of it',
      });
  }

  unmount(path: string, lazy: boolean, byOwner: boolean): Promise<Unmounted> {
    return this.#ending.unmount(path, lazy, byOwner);
  }

  ofRuns(): ReadonlySet<string> {
    return sessionsOfRuns(this.#parts.catalog);
  }

  endRun(session: string): Promise<void> {
    return endRun(this.#parts, this.#ending, session);
  }

  forgetAll(): void {
    forgetMounts(this.#parts.catalog);
  }

  /** Unmounts all, those in use too. `forget`: the next daemon is not to mount them again. */
  async closeAll(forget: boolean): Promise<void> {
    const { catalog } = this.#parts;
    await unmountAll(this.#parts, this.#live, this.#ending);
    if (forget) for (const row of catalog.listMounts()) catalog.dropMount(row.connection);
  }

  leave(): Promise<void> {
    return leaveMounts(this.#parts, this.#live);
  }

  abandon(): void {
    abandonMounts(this.#live);
  }

  isLive(connection: number): boolean {
    return this.#live.has(connection);
  }

  /** Where the session has a mount of its own, the oldest first. */
  pathsOf(session: string): string[] {
    return this.#live.ofSession(session).map(({ path }) => path);
  }

  ofSession(session: string): SessionGrant[] {
    return grantsOf(session, this.#parts.sessions, this.#live);
  }

  detached(): string[] {
    return this.#live.detached();
  }

  usedElsewhere(): string[] {
    return this.#live.usedElsewhere(this.#parts.mountInfo());
  }
}
