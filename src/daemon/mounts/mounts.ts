/** The mounts of this daemon: made through the keeper, served by this engine, remembered by the catalog. */
import { closeSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { MountRequest, MountSummary, UnmountReply } from '../../api/endpoints/mounts.js';
import { asMemfsError, MemfsError, mayPass } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import { isInside, type MountInfo, memfsdType, mountOf, otherPlaceOf } from '../../core/mountinfo.js';
import { quoted } from '../../core/quoted.js';
import { type Scope, ScopeMatcher, type ScopeRule } from '../../core/scope.js';
import { raiseReadAhead } from '../../fuse/read-ahead.js';
import type { Precondition } from '../../vfs/store.js';
import type { Catalog, MountRow, StoreRow } from '../catalog.js';
import type { KeeperLink, TakenOver } from '../engine/keeper-link.js';
import type { KernelConnection, ServeConnection } from '../engine/kernel.js';
import type { HeldMount } from '../keeper/messages.js';
import type { ProcessClaims } from '../processes/process-claims.js';
import { isRefusal, type SessionActivity } from '../sessions/session-activity.js';
import type { SessionRegistry } from '../sessions/session-registry.js';
import type { Stores } from '../stores/stores.js';
import { mountSource } from './mount-source.js';

/** `detached`: it is in use, perhaps in another mount namespace, and goes on for those who use it. */
type Unmounted = Omit<UnmountReply, 'unmounted'>;

const negotiationLimit = 10_000;
const endLimit = 2_000;
/** What failed for want of room is tried again after this time. */
const againMs = 2_000;
/** Callers wait meanwhile. What an invalidation still waits for then, the next engine answers. */
const leaveLimit = 500;

interface Live {
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

/** What a session may do with a store on a branch. */
export interface SessionGrant {
  /** `memstore_…` */
  readonly store: string;
  readonly branch: string;
  readonly scope: Scope;
  readonly precondition: Precondition;
}

export interface MountsParts {
  readonly catalog: Catalog;
  readonly stores: Stores;
  readonly link: KeeperLink;
  readonly serve: ServeConnection;
  readonly claims: ProcessClaims;
  readonly sessions: SessionRegistry;
  readonly activity: SessionActivity;
  readonly mountInfo: () => MountInfo[];
  /** Of the data directory (mount-source.ts). */
  readonly mark: string;
  readonly log: Logger;
}

export class Mounts {
  readonly #parts: MountsParts;
  readonly #live = new Map<number, Live>();
  readonly #pending = new Set<string>();
  /** By path: whoever asks for the same meanwhile waits for it. */
  readonly #unmounting = new Map<string, Promise<Unmounted>>();
  #stopping = false;

  constructor(parts: MountsParts) {
    this.#parts = parts;
  }

  list(): MountSummary[] {
    return this.#parts.catalog.listMounts().map((row) => this.#summary(row));
  }

  /** Serves what the last engine served. A connection that nobody wants any more is unmounted. */
  async adopt(held: TakenOver['held']): Promise<void> {
    const wanted = new Map(this.#parts.catalog.listMounts().map((row) => [row.connection, row]));
    const served: Live[] = [];
    // First all of them, in one turn: a mount that was served alone would not tell the others what it changes.
    for (const mount of held) {
      const row = wanted.get(mount.connection);
      try {
        if (row !== undefined) served.push(this.#serve(row, mount, () => {}));
        else {
          closeSync(mount.descriptor);
          void this.#parts.link.giveUp(mount.connection);
        }
      } catch (thrown) {
        const error = asMemfsError(thrown);
        this.#parts.log.error({ path: mount.path, error: error.message }, 'a mount cannot be served on');
        this.#parts.catalog.setProblem(mount.connection, error.message);
        void this.#parts.link.giveUp(mount.connection);
      }
    }
    this.#parts.stores.resume();
    for (const { row, connection } of served) {
      connection.resend();
      connection.takeUp(held.find((mount) => mount.connection === row.connection)!.waiting);
    }
  }

  /** Mounts again what should be there and is not: after a keeper's death, or on kernels without resend. */
  async remountMissing(): Promise<void> {
    const missing = this.#parts.catalog.listMounts().filter((row) => !this.#live.has(row.connection));
    await Promise.all(missing.map((row) => this.#remount(row)));
  }

  /** `byOwner`: what it shows is what its session may do from now on, also when the mount is gone. */
  async mount(request: MountRequest, actor: Actor, byOwner: boolean): Promise<MountSummary> {
    const { catalog, sessions } = this.#parts;
    const store = catalog.getStore(request.store);
    this.#parts.stores.writable(store.id);
    const { path, branch } = request;
    this.#requireBranch(store, branch);
    // Throws for a pattern that is none.
    new ScopeMatcher({ mode: request.scope, rules: request.allow });
    this.#refuseTakenPath(path);
    this.#pending.add(path);
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
        await this.#make(row, false);
        await this.#parts.stores.get(store.id).settled();
        if (byOwner) sessions.mounted(row, catalog.othersOf(row));
      } catch (error) {
        catalog.dropMount(row.connection);
        throw error;
      }
      return this.#summary(row);
    } finally {
      this.#pending.delete(path);
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

  /**
   * Throws `busy` when it is in use; `lazy`: then it is detached. So is what another mount namespace has, which is known only
   * after. `byOwner`: what it alone gave its session is taken away with it; a session that unmounts something may do afterwards
   * what it might before.
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
      if (live !== undefined) await this.#leave(live);
      return { detached: live?.detached === true };
    } catch (error) {
      if (lazy && live !== undefined && (await this.#detach(live, error))) return { detached: true };
      catalog.keepMount(row.connection);
      if (withdrawn !== undefined) sessions.giveBack(withdrawn);
      throw error;
    }
  }

  /** Whether that could be done about the error. */
  async #detach(live: Live, error: unknown): Promise<boolean> {
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

  /** Sessions with mounts that were made for a run. */
  ofRuns(): ReadonlySet<string> {
    const rows = this.#parts.catalog.listMounts().filter(({ for_run }) => for_run !== null);
    return new Set(rows.map(({ session }) => session));
  }

  /** The run is over and has left its mounts behind: they go, with the directories that were made for them. */
  async endRun(session: string): Promise<void> {
    for (const { path, for_run } of this.#parts.catalog
      .listMounts()
      .filter((row) => row.session === session)) {
      if (for_run === null) continue;
      try {
        await this.unmount(path, true, true);
      } catch (thrown) {
        const error = asMemfsError(thrown);
        // Its run was still there and did it.
        if (error.code !== 'not_found') this.#parts.log.warn({ path, error: error.message }, 'stays mounted');
      }
      await this.#removeEmpty(JSON.parse(for_run) as string[]);
    }
  }

  async #removeEmpty(directories: readonly string[]): Promise<void> {
    const mounts = this.#parts.mountInfo();
    for (const directory of directories.toReversed())
      if (mountOf(directory, mounts)?.type !== memfsdType) await rmdir(directory).catch(() => {});
  }

  #notMounted(path: string): MemfsError {
    const foreign = this.#parts.mountInfo().some((mount) => mount.path === path && mount.type === memfsdType);
    return foreign
      ? new MemfsError('not_found', `the mount at ${path} is not one of this daemon`, {
          hint: `give its data directory with --data; if it is dead: fusermount3 -u -z ${path}`,
        })
      : new MemfsError('not_found', `no store is mounted at ${path}`, { hint: 'memfsd mounts' });
  }

  /** The next daemon is not to mount them again. Throws `no_space` and the like when that cannot be written down. */
  forgetAll(): void {
    const { catalog } = this.#parts;
    const rows = catalog.listMounts();
    for (const { connection } of rows) catalog.dropMount(connection);
    if (rows.length === 0 || !catalog.isBehind) return;
    const paths = rows.map(({ path }) => quoted(path)).join(', ');
    throw new MemfsError(
      'no_space',
      `memfsd stops, but there is no room to write down that its mounts are forgotten: ${paths}`,
      {
        hint: 'the next start may mount them again; make room on the disk first, then memfsd start and memfsd stop',
      },
    );
  }

  /** Unmounts all, those in use too. `forget`: the next daemon is not to mount them again. */
  async closeAll(forget: boolean): Promise<void> {
    this.#stopping = true;
    const { catalog, link, log } = this.#parts;
    await Promise.all(
      [...this.#live.values()].map(async (live) => {
        const { connection, path } = live.row;
        try {
          if (!live.detached) await this.#leave(live);
          if (!live.detached) return;
          log.warn({ path }, 'ended while it was in use elsewhere');
          live.connection.close();
        } catch {
          await link.unmount(connection, true).catch((error: unknown) => {
            log.warn({ path, error: asMemfsError(error).message }, 'unmount failed');
          });
          live.connection.close();
        }
      }),
    );
    if (forget) for (const row of catalog.listMounts()) catalog.dropMount(row.connection);
  }

  /**
   * Stops serving all mounts, which stay for the next engine; then tells the keeper which calls it has not answered that
   * no kernel will repeat.
   */
  async leave(): Promise<void> {
    this.#stopping = true;
    const { link } = this.#parts;
    const lives = [...this.#live.values()];
    // All are stopped in this turn: one that goes on would wait for others to make room.
    const complete = await Promise.all(lives.map(({ connection }) => connection.leave(leaveLimit)));
    // All are closed in this turn: what is told to wait must not be answered any more.
    for (const { row, connection } of lives) {
      if (!connection.hasResend) link.waits(row.connection, connection.waiting);
      connection.close();
    }
    link.left(lives.filter((_, i) => complete[i]).map(({ row }) => row.connection));
    this.#live.clear();
  }

  /** Answers nothing more: the keeper is gone, and with it the mounts. */
  abandon(): void {
    this.#stopping = true;
    for (const live of this.#live.values()) live.connection.close();
    this.#live.clear();
  }

  async #remount(row: MountRow): Promise<void> {
    const { catalog, stores, log } = this.#parts;
    let next = row;
    try {
      stores.get(row.store);
      next = catalog.renewMount(row);
      await this.#make(next, true);
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
    if (!this.#stopping && isWanted && !this.#pending.has(row.path)) void this.#remount(row);
  }

  /** Resolves once the kernel and this engine have agreed (INIT). */
  async #make(row: MountRow, replace: boolean): Promise<void> {
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
          negotiationLimit,
        );
        this.#serve(row, { connection, path, source, descriptor }, () => {
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
  #serve(row: MountRow, mount: HeldMount & { descriptor: number }, negotiated: () => void): Live {
    const { catalog, stores, link, log } = this.#parts;
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const connection = this.#parts.serve({
      descriptor: mount.descriptor,
      connection: row.connection,
      negotiated: row.negotiated,
      attach: (notifier) =>
        stores.get(row.store).attach(
          {
            connection: row.connection,
            actor: { agent: row.agent, session: row.session },
            scope: scopeOf(row),
            branch: row.branch,
            precondition: row.precondition,
            onConflict: row.on_conflict,
            place: { path: row.path, storeName: catalog.getStore(row.store).name },
            ...(row.at === null ? {} : { at: Number(row.at) }),
            claimOf: (pid) => this.#claimOf(pid, row),
            mayChange: ({ session }) => !this.#parts.sessions.isEnded(session),
          },
          notifier,
        ),
      onNegotiated: (state, resend) => {
        catalog.setNegotiated(row.connection, state);
        link.negotiated(row.connection, resend);
        log.info({ path: row.path, connection: row.connection, resend }, 'mounted');
        setImmediate(() => raiseReadAhead(mount.source));
        negotiated();
      },
      failed: (pid, error) => {
        if (isRefusal(error)) this.#parts.activity.refused(this.#sessionOf(pid, row));
      },
      onEnd: () => {
        end();
        this.#connectionEnded(live);
      },
    });
    const live: Live = {
      row,
      source: mount.source,
      connection,
      ended,
      leaving: false,
      detached: false,
    };
    this.#live.set(row.connection, live);
    return live;
  }

  /** Undefined: whose the mount is. */
  #claimOf(pid: number, row: MountRow): Actor | undefined {
    const { claims, sessions, activity } = this.#parts;
    const { tree, claim } = claims.of(pid);
    const session = tree ?? claim?.session ?? row.session;
    activity.called(session);
    if (tree === undefined && claim === undefined) return undefined;
    const known = sessions.find(session)?.agent ?? row.agent;
    const agent = tree === undefined ? (claim?.agent ?? known) : known;
    if (session !== row.session) sessions.seen(session, agent, row, tree !== undefined);
    return tree === undefined ? { agent, session, claimed: true } : { agent, session };
  }

  #sessionOf(pid: number, row: MountRow): string {
    const { tree, claim } = this.#parts.claims.of(pid);
    return tree ?? claim?.session ?? row.session;
  }

  isLive(connection: number): boolean {
    return this.#live.has(connection);
  }

  /** Where the session has a mount of its own, the oldest first. */
  pathsOf(session: string): string[] {
    return this.#liveOf(session).map(({ path }) => path);
  }

  #liveOf(session: string): MountRow[] {
    return [...this.#live.values()]
      .map(({ row }) => row)
      .filter((row) => row.session === session)
      .sort((a, b) => a.connection - b.connection);
  }

  /** What a session may do: of a store that is named several times, by its branches, the first decides. */
  ofSession(session: string): SessionGrant[] {
    const grants = this.#parts.sessions.grants(session);
    const mounted = this.#liveOf(session).flatMap(({ store, branch }) =>
      grants.filter((grant) => grant.store === store && grant.branch === branch),
    );
    return [...mounted, ...grants].map((row) => ({
      store: row.store,
      branch: row.branch,
      scope: scopeOf(row),
      precondition: row.precondition,
    }));
  }

  #connectionEnded(live: Live): void {
    const { row, source, connection } = live;
    const { catalog, link, log, mountInfo } = this.#parts;
    connection.close();
    if (!this.#live.delete(row.connection) || live.leaving || this.#stopping) return;
    link.forget(row.connection);
    if (catalog.findMount(row.path)?.connection !== row.connection) return;
    const aborted = mountInfo().some((mount) => mount.source === source);
    log.warn({ path: row.path, aborted }, 'the connection ended');
    if (aborted) void this.#remount(row);
    else if (!this.#pending.has(row.path)) catalog.dropMount(row.connection);
  }

  /** Throws `busy` when files are open below. Detached, when another mount namespace has it too. */
  async #leave(live: Live): Promise<void> {
    live.leaving = true;
    try {
      await this.#parts.link.unmount(live.row.connection, false);
    } catch (error) {
      live.leaving = false;
      throw error;
    }
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, endLimit);
    });
    await Promise.race([live.ended, limit]);
    clearTimeout(timer);
    live.detached = this.#live.has(live.row.connection);
  }

  /** Where mounts were that are out of sight and in use: nobody can go on with them after this engine. */
  detached(): string[] {
    return [...this.#live.values()].filter(({ detached }) => detached).map(({ row }) => row.path);
  }

  /** What is in use at other places than its own, and is ended there when the daemon stops. */
  usedElsewhere(): string[] {
    const mounts = this.#parts.mountInfo();
    const others = [...this.#live.values()].filter(({ source, detached }) => {
      const mount = mounts.find((each) => each.source === source);
      return !detached && mount !== undefined && otherPlaceOf(mount, mounts) !== undefined;
    });
    return [...this.detached(), ...others.map(({ row }) => row.path)];
  }

  /** What else lies at the path the keeper sees when it mounts. */
  #refuseTakenPath(path: string): void {
    if (this.#pending.has(path) || this.#parts.catalog.findMount(path) !== undefined)
      throw new MemfsError('busy', `a store is mounted at ${path} already`, {
        hint: `memfsd unmount ${path}`,
      });
    if (this.#insideOurs(path))
      throw new MemfsError('invalid', `${path} lies inside another memfsd mount`, {
        hint: 'choose a directory outside of it',
      });
  }

  #insideOurs(path: string): boolean {
    const others = [...this.#pending, ...this.#parts.catalog.listMounts().map((row) => row.path)];
    return others.some((other) => isInside(path, other));
  }

  #summary(row: MountRow): MountSummary {
    const live = this.#live.get(row.connection);
    return {
      connection: row.connection,
      path: row.path,
      store: row.store,
      store_name: this.#parts.catalog.getStore(row.store).name,
      branch: row.branch,
      scope: row.scope,
      allow: JSON.parse(row.allow) as ScopeRule[],
      precondition: row.precondition,
      on_conflict: row.on_conflict,
      at: row.at === null ? null : Number(row.at),
      agent: row.agent,
      session: row.session,
      state: live === undefined ? 'failed' : 'mounted',
      guarantee: live?.connection.hasResend ? 'resend' : 'abort',
      names: live?.connection.hasExpiry ? 'at_once' : 'within_a_second',
      problem: row.problem ?? (live === undefined ? 'not mounted' : this.#storeProblem(row)),
    };
  }

  #storeProblem(row: MountRow): string | null {
    const { damaged, trouble } = this.#parts.stores.get(row.store);
    if (damaged !== null)
      return `read-only, as the journal of ${row.store} is damaged: ${damaged} (memfsd store salvage)`;
    return trouble === null ? null : `changes or fsync fail for now: ${trouble}`;
  }
}

export const scopeOf = ({ scope, allow }: Pick<MountRow, 'scope' | 'allow'>): Scope => ({
  mode: scope,
  rules: JSON.parse(allow) as ScopeRule[],
});
