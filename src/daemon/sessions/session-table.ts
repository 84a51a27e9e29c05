/** Sessions in catalog.db: who began them, what they may do, and which processes they have. */
import type { OnConflict, Precondition } from '../../core/conflicts.js';
import type { CatalogDatabase, Write } from '../catalog-database.js';

/** How it began: by the owner, in one of three ways, or by a process on a mount that named itself so. */
export type SessionOrigin = 'mount' | 'run' | 'begin' | 'claimed';

export interface SessionRow {
  readonly id: string;
  readonly agent: string;
  readonly origin: SessionOrigin;
  /** RFC 3339. */
  readonly begun_at: string;
  readonly ended_at: string | null;
}

/** The rights of a session to a store on a branch. */
export interface GrantRow {
  readonly session: string;
  /** `memstore_…` */
  readonly store: string;
  readonly branch: string;
  readonly scope: 'read_write' | 'read_only';
  /** The rules of the scope, as JSON. */
  readonly allow: string;
  readonly precondition: Precondition;
  readonly on_conflict: OnConflict;
  /** The mount that gave it. */
  readonly connection: number;
  /** 1: a process of the session worked on that mount; 0: the owner made it for the session. */
  readonly claimed: 0 | 1;
}

export interface ProcessRow {
  readonly pid: number;
  /** Boot and start time. */
  readonly identity: string;
  readonly session: string;
  /** 1: the session was begun for it; 0: it descends from such a process. */
  readonly root: 0 | 1;
  /** Other sessions that were begun among the processes that it leads, as JSON. */
  readonly inner: string;
}

export class SessionTable {
  readonly #database: CatalogDatabase;

  constructor(database: CatalogDatabase) {
    this.#database = database;
  }

  all(): SessionRow[] {
    return this.#database.reader.prepare<[], SessionRow>('SELECT * FROM sessions ORDER BY begun_at').all();
  }

  put(row: SessionRow): void {
    this.#database.write((db) =>
      db
        .prepare(
          `INSERT INTO sessions VALUES (@id, @agent, @origin, @begun_at, @ended_at)
         ON CONFLICT (id) DO UPDATE SET agent = @agent, origin = @origin, begun_at = @begun_at, ended_at = @ended_at`,
        )
        .run({ ...row }),
    );
  }

  /** With its grants and processes. */
  remove(id: string): void {
    this.#database.write((db) => db.prepare('DELETE FROM sessions WHERE id = ?').run(id));
  }

  /** The last one that was given comes first. */
  grants(session: string): GrantRow[] {
    return this.#database.reader
      .prepare<[string], GrantRow>('SELECT * FROM grants WHERE session = ? ORDER BY connection DESC')
      .all(session);
  }

  /** Scopes of sessions that go on, on the main branch of a store, each once. */
  scopesOf(store: string): Pick<GrantRow, 'scope' | 'allow'>[] {
    return this.#database.reader
      .prepare<[string], Pick<GrantRow, 'scope' | 'allow'>>(
        `SELECT DISTINCT scope, allow FROM grants JOIN sessions ON id = session
         WHERE store = ? AND branch = 'main' AND ended_at IS NULL`,
      )
      .all(store);
  }

  putGrant(row: GrantRow): void {
    this.#database.write(grantWritten(row));
  }

  /** The same for a session that has another one: no full disk keeps the owner from taking something away. */
  changeGrant(row: GrantRow): void {
    this.#database.note(grantWritten(row));
  }

  removeClaimedGrants(session: string): void {
    this.#database.write((db) =>
      db.prepare('DELETE FROM grants WHERE session = ? AND claimed = 1').run(session),
    );
  }

  processes(): ProcessRow[] {
    return this.#database.reader.prepare<[], ProcessRow>('SELECT * FROM processes').all();
  }

  putProcess(row: ProcessRow): void {
    this.#database.write((db) =>
      db
        .prepare('INSERT OR REPLACE INTO processes VALUES (@pid, @identity, @session, @root, @inner)')
        .run({ ...row }),
    );
  }

  removeProcess(pid: number): void {
    this.#database.write((db) => db.prepare('DELETE FROM processes WHERE pid = ?').run(pid));
  }

  together(work: () => void): void {
    this.#database.write(work);
  }

  /**
   * The same without waiting for the disk: what the death of this process must not lose, and a loss of power may,
   * since what is forgotten of a session grants nothing.
   */
  quickly(work: () => void): void {
    this.#database.writeQuickly(work);
  }
}

const grantWritten =
  (row: GrantRow): Write<unknown> =>
  (db) =>
    db
      .prepare(
        `INSERT OR REPLACE INTO grants (session, store, branch, scope, allow, precondition, on_conflict, connection,
           claimed)
         VALUES (@session, @store, @branch, @scope, @allow, @precondition, @on_conflict, @connection, @claimed)`,
      )
      .run({ ...row });
