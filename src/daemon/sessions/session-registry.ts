/** The sessions and the rights of each, over restarts. A session that is not known here sees nothing. */
import type { MountRow } from '../catalog.js';
import type { GrantRow, SessionOrigin, SessionRow, SessionTable } from './session-table.js';

export interface RegistryParts {
  readonly table: SessionTable;
  /** RFC 3339. */
  readonly now: () => string;
  /** It has a mount or a process, so it is not forgotten. */
  readonly isInUse: (session: string) => boolean;
  readonly isLive: (connection: number) => boolean;
  readonly failed: (error: unknown) => void;
  /** So many that the owner began, and as many that were claimed; the oldest are forgotten, and then see nothing. */
  readonly capacity: number;
}

export class SessionRegistry {
  readonly #parts: RegistryParts;
  /** The one that was begun longest ago comes first. */
  readonly #known: Map<string, SessionRow>;
  /** Mounts on which a session was seen: what is noted there costs nothing more at the next call. */
  readonly #seen = new Map<string, Set<number>>();

  constructor(parts: RegistryParts) {
    this.#parts = parts;
    this.#known = new Map(parts.table.all().map((row) => [row.id, row]));
  }

  find(id: string): SessionRow | undefined {
    return this.#known.get(id);
  }

  /** The one that was begun longest ago first. */
  list(): readonly SessionRow[] {
    return [...this.#known.values()];
  }

  isEnded(id: string): boolean {
    return this.#known.get(id)?.ended_at != null;
  }

  /** By the owner; one that has ended, or that a process had claimed, is begun anew. */
  begin(id: string, agent: string, origin: Exclude<SessionOrigin, 'claimed'>): SessionRow {
    const known = this.#known.get(id);
    const isOpen = known !== undefined && known.origin !== 'claimed' && known.ended_at === null;
    // A mount of a session that was begun in another way is only one more mount of it.
    const begun = isOpen && origin === 'mount' ? known.origin : origin;
    const row = { id, agent, origin: begun, begun_at: this.#parts.now(), ended_at: null };
    this.#parts.table.together(() => {
      this.#put(row);
      if (known?.origin === 'claimed') this.#parts.table.removeClaimedGrants(id);
    });
    this.#seen.delete(id);
    return row;
  }

  /**
   * The owner mounted something for it: that, and nothing that was claimed before, is what it may do; unless the mount that
   * says what it may do is still among the `others` that the owner has made for it of that store and branch.
   */
  mounted(mount: MountRow, others: readonly MountRow[]): void {
    const { table } = this.#parts;
    table.together(() => {
      this.begin(mount.session, mount.agent, 'mount');
      table.removeClaimedGrants(mount.session);
      const before = this.#grantFor(mount);
      if (before === undefined || !others.some((other) => gives(other, before)))
        table.putGrant(grantOf(mount.session, mount, 0));
    });
  }

  /**
   * The owner takes a mount away. What it gave goes with it when `others` are left, of which the oldest decides then; else it
   * stays what the session may do. Returns what was taken away, for `giveBack`.
   */
  unmounted(mount: MountRow, [oldest, ...others]: readonly MountRow[]): GrantRow | undefined {
    const before = this.#grantFor(mount);
    if (before === undefined || oldest === undefined || !gives(mount, before)) return undefined;
    if ([oldest, ...others].some((other) => gives(other, before))) return undefined;
    this.#parts.table.changeGrant(grantOf(mount.session, oldest, 0));
    return before;
  }

  /** The mount could not be taken away. */
  giveBack(grant: GrantRow): void {
    this.#parts.table.changeGrant(grant);
  }

  #grantFor({ session, store, branch }: MountRow): GrantRow | undefined {
    return this.grants(session).find(
      (grant) => grant.claimed === 0 && grant.store === store && grant.branch === branch,
    );
  }

  /**
   * A process of this session works on another session's mount. `inTree`: the session was begun for the process or one
   * that it descends from; else the process only says so. A name that nobody has begun gets the scope of the mount, and so
   * does a session that was begun for processes alone; one that has mounts of its own gets nothing by working elsewhere.
   * On the path that answers the kernel: only what is new is written down.
   */
  seen(session: string, agent: string, mount: MountRow, inTree: boolean): void {
    const connections = this.#seen.get(session);
    if (connections?.has(mount.connection) === true) return;
    if (connections === undefined) {
      if (this.#seen.size >= this.#parts.capacity) this.#seen.delete(this.#seen.keys().next().value!);
      this.#seen.set(session, new Set([mount.connection]));
    } else connections.add(mount.connection);
    try {
      this.#grantByClaim(session, agent, mount, inTree);
    } catch (error) {
      // A full disk: nothing is granted.
      this.#parts.failed(error);
    }
  }

  #grantByClaim(session: string, agent: string, mount: MountRow, inTree: boolean): void {
    const known = this.#known.get(session);
    const { table, now, isLive } = this.#parts;
    if (known !== undefined && known.ended_at !== null) return;
    if (known !== undefined && known.origin !== 'claimed' && !inTree) return;
    const grants = table.grants(session);
    if (grants.some(({ claimed }) => claimed === 0)) return;
    const before = grants.find(({ store, branch }) => store === mount.store && branch === mount.branch);
    if (known !== undefined && before !== undefined && isLive(before.connection)) return;
    table.quickly(() => {
      if (known === undefined)
        this.#put({ id: session, agent, origin: 'claimed', begun_at: now(), ended_at: null });
      table.putGrant(grantOf(session, mount, 1));
    });
  }

  /** Its name cannot be used any more to change anything, until the owner begins it again. */
  end(id: string): SessionRow | undefined {
    const known = this.#known.get(id);
    if (known === undefined || known.ended_at !== null) return known;
    const row = { ...known, ended_at: this.#parts.now() };
    this.#parts.table.put(row);
    this.#known.set(id, row);
    return row;
  }

  /** The last one that was given comes first. */
  grants(id: string): readonly GrantRow[] {
    return this.#parts.table.grants(id);
  }

  #put(row: SessionRow): void {
    this.#parts.table.put(row);
    this.#known.delete(row.id);
    this.#known.set(row.id, row);
    const { capacity, isInUse, table } = this.#parts;
    if (this.#known.size <= capacity) return;
    const isClaimed = row.origin === 'claimed';
    const alike = this.list().filter(({ origin }) => (origin === 'claimed') === isClaimed);
    if (alike.length <= capacity) return;
    const oldest = alike.find(({ id }) => id !== row.id && !isInUse(id));
    if (oldest === undefined) return;
    table.remove(oldest.id);
    this.#known.delete(oldest.id);
    this.#seen.delete(oldest.id);
  }
}

/** By what it says: a mount that is made again has another number. */
const gives = (mount: MountRow, grant: GrantRow): boolean =>
  mount.scope === grant.scope &&
  mount.allow === grant.allow &&
  mount.precondition === grant.precondition &&
  mount.on_conflict === grant.on_conflict;

const grantOf = (session: string, mount: MountRow, claimed: 0 | 1): GrantRow => ({
  session,
  store: mount.store,
  branch: mount.branch,
  scope: mount.scope,
  allow: mount.allow,
  precondition: mount.precondition,
  on_conflict: mount.on_conflict,
  connection: mount.connection,
  claimed,
});
