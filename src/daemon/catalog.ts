/** catalog.db: which stores there are, which mounts are wanted, and which engine may write. */

import { randomInt } from 'node:crypto';
import type { StoreSummary } from '../api/endpoints/stores.js';
import type { OnConflict, Precondition } from '../core/conflicts.js';
import { MemfsError } from '../core/errors.js';
import type { SqliteDatabase } from '../sqlite/database.js';
import { CatalogDatabase } from './catalog-database.js';
import { SessionTable } from './sessions/session-table.js';

/** Forward only; `user_version` is the number of those done. */
const migrations = [
  `CREATE TABLE stores (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     description TEXT NOT NULL,
     created_at TEXT NOT NULL
   ) STRICT;
   CREATE TABLE mounts (
     connection INTEGER PRIMARY KEY AUTOINCREMENT,
     path TEXT NOT NULL,
     store TEXT NOT NULL REFERENCES stores (id),
     branch TEXT NOT NULL,
     scope TEXT NOT NULL,
     agent TEXT NOT NULL,
     session TEXT NOT NULL,
     allow_other INTEGER NOT NULL,
     suid_dev INTEGER NOT NULL,
     negotiated TEXT,
     minor INTEGER,
     wanted INTEGER NOT NULL,
     problem TEXT
   ) STRICT;
   CREATE UNIQUE INDEX mounts_wanted ON mounts (path) WHERE wanted = 1;
   CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;`,
  `ALTER TABLE mounts ADD COLUMN allow TEXT NOT NULL DEFAULT '[]';
   ALTER TABLE mounts ADD COLUMN precondition TEXT NOT NULL DEFAULT 'observed';
   ALTER TABLE mounts ADD COLUMN on_conflict TEXT NOT NULL DEFAULT 'refuse';
   ALTER TABLE mounts ADD COLUMN at TEXT;
   ALTER TABLE stores ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;`,
  // Mounts were all that was known of sessions: what each was mounted with last is what it may do.
  `CREATE TABLE sessions (
     id TEXT PRIMARY KEY,
     agent TEXT NOT NULL,
     -- mount, run, begin: by the owner. claimed: a process on a mount named itself so.
     origin TEXT NOT NULL,
     -- RFC 3339
     begun_at TEXT NOT NULL,
     ended_at TEXT
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE grants (
     session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
     store TEXT NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
     branch TEXT NOT NULL,
     scope TEXT NOT NULL,
     allow TEXT NOT NULL,
     precondition TEXT NOT NULL,
     on_conflict TEXT NOT NULL,
     -- The mount that gave it; claimed: by a process that worked there, not by the owner
     connection INTEGER NOT NULL,
     claimed INTEGER NOT NULL,
     PRIMARY KEY (session, store, branch)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX grants_store ON grants (store);
   CREATE TABLE processes (
     pid INTEGER PRIMARY KEY,
     -- Boot and start time: with the pid it names a process for ever
     identity TEXT NOT NULL,
     session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
     -- 1: the session was begun for it; 0: it descends from such a process
     root INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX processes_session ON processes (session);
   INSERT INTO sessions (id, agent, origin, begun_at)
     SELECT session, agent, 'mount', strftime('%Y-%m-%dT%H:%M:%fZ', 'now') FROM mounts
     WHERE connection IN (SELECT max(connection) FROM mounts GROUP BY session);
   INSERT INTO grants
     SELECT session, store, branch, scope, allow, precondition, on_conflict, connection, 0 FROM mounts
     WHERE connection IN (SELECT max(connection) FROM mounts GROUP BY session, store, branch);`,
  'ALTER TABLE mounts ADD COLUMN for_run TEXT;',
  // Of several mounts of a session the first decides, also when they are gone.
  `ALTER TABLE mounts ADD COLUMN by_session INTEGER NOT NULL DEFAULT 0;
   UPDATE grants SET (scope, allow, precondition, on_conflict, connection) =
     (SELECT scope, allow, precondition, on_conflict, min(connection) FROM mounts
      WHERE wanted = 1 AND session = grants.session AND store = grants.store AND branch = grants.branch)
   WHERE claimed = 0 AND (session, store, branch) IN (SELECT session, store, branch FROM mounts WHERE wanted = 1);
   ALTER TABLE processes ADD COLUMN inner TEXT NOT NULL DEFAULT '[]';`,
];

const newerHint = 'install that version, or choose another data directory';

export interface StoreRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly created_at: string;
  /** Set aside: it takes no changes and no mounts. */
  readonly archived: 0 | 1;
}

export const summaryOf = ({ archived, ...row }: StoreRow): StoreSummary => ({
  ...row,
  archived: archived === 1,
});

/** A mount as it is to be. */
export interface MountPlan {
  readonly path: string;
  /** `memstore_…` */
  readonly store: string;
  readonly branch: string;
  readonly scope: 'read_write' | 'read_only';
  readonly agent: string;
  readonly session: string;
  readonly allow_other: 0 | 1;
  readonly suid_dev: 0 | 1;
  /** The rules of the scope, as JSON. */
  readonly allow: string;
  readonly precondition: Precondition;
  readonly on_conflict: OnConflict;
  /** The state of the past that it shows: a sequence number or a time; null: the present. */
  readonly at: string | null;
  /** It goes when its session's last process has ended; as JSON, the directories that go with it. Null: it stays. */
  readonly for_run: string | null;
  /** 1: the session made it itself, and has nothing by it that it had not before; 0: the owner did. */
  readonly by_session: 0 | 1;
}

export interface MountRow extends MountPlan {
  /** Names one kernel connection for ever: never given out twice. */
  readonly connection: number;
  /** The agreement with the kernel at INIT, as the fuse session wrote it. */
  readonly negotiated: string | null;
  /** 1 while the mount should be there. */
  readonly wanted: 0 | 1;
  readonly problem: string | null;
}

/** The engine that last held the catalog. */
export interface EngineIdentity {
  readonly pid: number;
  /** Where the pid counts; absent: written by a release whose engines hold no lock. */
  readonly pid_namespace?: string;
  /** Tells it from another process with the same pid. */
  readonly identity: string;
}

export class Catalog {
  readonly #database: CatalogDatabase;
  readonly sessions: SessionTable;

  constructor(path: string) {
    this.#database = new CatalogDatabase(path, { migrations, newerHint });
    this.sessions = new SessionTable(this.#database);
  }

  /** For questions; what is changed goes through `write` or `note` of `#database`. */
  get #db(): SqliteDatabase {
    return this.#database.reader;
  }

  close(): void {
    this.#database.close();
  }

  listStores(): StoreRow[] {
    return this.#db.prepare<[], StoreRow>('SELECT * FROM stores ORDER BY name').all();
  }

  /** By id, else by name. */
  findStore(reference: string): StoreRow | undefined {
    return this.#db
      .prepare<[string, string], StoreRow>(
        'SELECT * FROM stores WHERE id = ? OR name = ? ORDER BY id = name DESC',
      )
      .get(reference, reference);
  }

  getStore(reference: string): StoreRow {
    const row = this.findStore(reference);
    if (row === undefined) throw this.noStore(reference);
    return row;
  }

  noStore(reference: string): MemfsError {
    return new MemfsError('not_found', `there is no store "${reference}"`, { hint: 'memfsd store list' });
  }

  refuseTakenName(name: string): void {
    if (this.findStore(name) !== undefined)
      throw new MemfsError('already_exists', `there is a store "${name}" already`, {
        hint: 'choose another name, or see memfsd store list',
      });
  }

  addStore(row: StoreRow): void {
    this.refuseTakenName(row.name);
    this.#database.write((db) => {
      // One that is brought back under the id that it had.
      db.prepare('DELETE FROM settings WHERE name = ?').run(`removed ${row.id}`);
      db.prepare('INSERT INTO stores VALUES (@id, @name, @description, @created_at, @archived)').run({
        ...row,
      });
    });
  }

  setArchived(id: string, archived: boolean): void {
    this.#database.write((db) =>
      db.prepare('UPDATE stores SET archived = ? WHERE id = ?').run(archived ? 1 : 0, id),
    );
  }

  /** Forgets a store, with everything about its mounts. Its files are still to be removed (`filesRemoved`). */
  removeStore(id: string): void {
    this.#database.write((db) => {
      set(db, `removed ${id}`, '');
      db.prepare('DELETE FROM mounts WHERE store = ?').run(id);
      db.prepare('DELETE FROM settings WHERE name = ?').run(`closed ${id}`);
      db.prepare('DELETE FROM stores WHERE id = ?').run(id);
    });
  }

  /** Forgotten stores whose files may still be there. */
  removedStores(): string[] {
    return this.#db
      .prepare<[], string>("SELECT substr(name, 9) FROM settings WHERE name LIKE 'removed %'")
      .pluck()
      .all();
  }

  filesRemoved(id: string): void {
    this.#database.note((db) => db.prepare('DELETE FROM settings WHERE name = ?').run(`removed ${id}`));
  }

  listMounts(): MountRow[] {
    return this.#db.prepare<[], MountRow>('SELECT * FROM mounts WHERE wanted = 1 ORDER BY path').all();
  }

  /** Other mounts of the owner for the same session, store and branch, the oldest first. */
  othersOf({ connection, session, store, branch }: MountRow): MountRow[] {
    return this.#db
      .prepare<[string, string, string, number], MountRow>(
        `SELECT * FROM mounts WHERE wanted = 1 AND by_session = 0 AND session = ? AND store = ? AND branch = ?
           AND connection <> ? ORDER BY connection`,
      )
      .all(session, store, branch, connection);
  }

  findMount(path: string): MountRow | undefined {
    return this.#db
      .prepare<[string], MountRow>('SELECT * FROM mounts WHERE wanted = 1 AND path = ?')
      .get(path);
  }

  /** A new connection; the one that was wanted at this path before is given up. */
  addMount(plan: MountPlan): MountRow {
    return this.#database.write((db) => insertMount(db, nextConnection(db), plan));
  }

  /** The same for a mount that is wanted already, so that a full disk is no reason not to mount it again. */
  renewMount(plan: MountPlan): MountRow {
    // One that is not in the file must not be given out again should this engine die before it is.
    let unwritten: number | null = null;
    return this.#database.note((db) => {
      if (this.#database.isBehind) unwritten ??= nextConnection(db) + randomInt(farApart);
      return insertMount(db, unwritten ?? nextConnection(db), plan);
    });
  }

  /** The last changes are in memory only: there is no room for them, or another program has the file. */
  get isBehind(): boolean {
    return this.#database.isBehind;
  }

  dropMount(connection: number): void {
    this.#update(connection, 'wanted', 0);
  }

  /** Takes `dropMount` back. */
  keepMount(connection: number): void {
    this.#update(connection, 'wanted', 1);
  }

  setNegotiated(connection: number, negotiated: string): void {
    this.#update(connection, 'negotiated', negotiated);
  }

  setProblem(connection: number, problem: string | null): void {
    this.#update(connection, 'problem', problem);
  }

  #update(connection: number, column: string, value: string | number | null): void {
    this.#database.note((db) =>
      db.prepare(`UPDATE mounts SET ${column} = ? WHERE connection = ?`).run(value, connection),
    );
  }

  lastEngine(): EngineIdentity | null {
    const value = this.#setting('engine');
    return value === undefined ? null : (JSON.parse(value) as EngineIdentity);
  }

  /** A new engine takes over: the next epoch. */
  beginEpoch(engine: EngineIdentity): number {
    const epoch = Number(this.#setting('epoch') ?? 0) + 1;
    this.#database.note((db) => {
      set(db, 'epoch', String(epoch));
      set(db, 'engine', JSON.stringify(engine));
    });
    return epoch;
  }

  #setting(name: string): string | undefined {
    return this.#db.prepare<[string], string>('SELECT value FROM settings WHERE name = ?').pluck().get(name);
  }

  /** The state of a store's file when it was closed last. */
  closedState(store: string): string | undefined {
    return this.#setting(`closed ${store}`);
  }

  noteClosed(store: string, state: string): void {
    this.#database.note((db) => set(db, `closed ${store}`, state));
  }
}

/** Apart enough that two engines that begin at the same number do not meet. Numbers of connections are doubles. */
const farApart = 2 ** 40;

/** Never given out before. */
function nextConnection(db: SqliteDatabase): number {
  const last = db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'mounts'").pluck().get();
  return (last ?? 0) + 1;
}

function insertMount(db: SqliteDatabase, connection: number, plan: MountPlan): MountRow {
  db.prepare('UPDATE mounts SET wanted = 0 WHERE wanted = 1 AND path = ?').run(plan.path);
  return db
    .prepare<[MountPlan & { connection: number }], MountRow>(
      `INSERT INTO mounts (connection, path, store, branch, scope, agent, session, allow_other, suid_dev, allow,
         precondition, on_conflict, at, for_run, by_session, wanted)
       VALUES (@connection, @path, @store, @branch, @scope, @agent, @session, @allow_other, @suid_dev, @allow,
         @precondition, @on_conflict, @at, @for_run, @by_session, 1) RETURNING *`,
    )
    .get({ ...plan, connection })!;
}

const set = (db: SqliteDatabase, name: string, value: string): unknown =>
  db
    .prepare('INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
    .run(name, value);
