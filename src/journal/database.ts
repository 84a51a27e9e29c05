import { existsSync, writeFileSync } from 'node:fs';
import { asMemfsError, MemfsError, mayPass } from '../core/errors.js';
import {
  openExisting,
  openDatabase as openFile,
  type SqliteDatabase,
  type Statement,
} from '../sqlite/database.js';
import { carryOut, type Schema, versionOf } from '../sqlite/migrations.js';
import { migrations } from './schema.js';
import { failureAt } from './storage-failure.js';

export type { SqliteDatabase, Statement };

/** Copies what the WAL holds into the database, as far as readers and the writer allow. */
export function checkpointDatabase(path: string): void {
  const database = openExisting(path, 0);
  try {
    database.pragma('wal_checkpoint(PASSIVE)');
  } finally {
    database.close();
  }
}

/** For locks of other programs: a moment, for whoever writes does so on the loop that answers the kernel. */
export const lockWaitMs = 20;
/** The same in threads, which may wait. */
const patientMs = 2000;

/** The page size of a new database. Large contents are written twice as fast as with 4 KiB, small ones as fast. */
const pageBytes = 16_384;

const writerPragmas = [
  `page_size = ${pageBytes}`,
  'journal_mode = WAL',
  'synchronous = NORMAL',
  'secure_delete = ON',
  'wal_autocheckpoint = 0',
];

const storeSchema: Schema = {
  migrations,
  newerHint: 'Upgrade memfsd; an older one must not touch this store.',
};

interface OpenOptions {
  readonly readOnly?: boolean;
  /** No newer one than this. */
  readonly schema?: number;
  /**
   * Where there is no room for a migration, it is carried out in a transaction that stays open (`inTransaction`), so that
   * all can be read; whoever commits it finds out when there is.
   */
  readonly mayStayOpen?: boolean;
}

/**
 * Opens the database of a store (or, read-only, beside the connection that owns it).
 *
 * `synchronous=NORMAL`: a commit survives the death of the process, a checkpoint or an explicit fdatasync of
 * the WAL makes it survive loss of power (sqlite.org/wal.html). `secure_delete` is on from creation, so that
 * redacted bytes do not stay in free pages.
 *
 * Throws `unsupported` for a store of a newer memfsd.
 */
export function openDatabase(path: string, options: OpenOptions = {}): SqliteDatabase {
  try {
    return open(path, options, false);
  } catch (thrown) {
    if (options.mayStayOpen !== true || !mayPass(failureAt(path, thrown))) throw thrown;
    return open(path, options, true);
  }
}

/**
 * `alone`: where there is no room for an index of the WAL, SQLite keeps it in memory if nobody else may use the database
 * (sqlite.org/wal.html#noshm). Threads that look at the store then find it locked until it is opened again.
 */
function open(
  path: string,
  { readOnly = false, schema = migrations.length, mayStayOpen = false }: OpenOptions,
  alone: boolean,
): SqliteDatabase {
  return openFile(path, {
    readOnly,
    lockWaitMs: readOnly ? patientMs : lockWaitMs,
    pragmas: [
      ...(alone ? ['locking_mode = EXCLUSIVE'] : []),
      ...(readOnly ? [] : writerPragmas),
      'cache_size = -16384',
      'temp_store = MEMORY',
    ],
    schema: storeSchema,
    migrate: (database) => migrate(database, schema, mayStayOpen),
  });
}

/** Throws `no_space` for a store that waits for room to be migrated: its file is not what readers expect. */
export function requireMigrated(database: SqliteDatabase, path: string): void {
  const version = versionOf(database);
  if (version < migrations.length)
    throw new MemfsError(
      'no_space',
      `there was no room yet to bring ${path} from schema ${version} to ${migrations.length}`,
    );
}

function migrate(database: SqliteDatabase, schema: number, mayStayOpen: boolean): void {
  if (versionOf(database) >= schema) return;
  try {
    beginMigrated(database, schema);
    database.exec('COMMIT');
  } catch (error) {
    if (!mayStayOpen || !mayPass(asMemfsError(error))) throw error;
    if (database.inTransaction) database.exec('ROLLBACK');
    beginMigrated(database);
  }
}

/** Opens a transaction in which the database has the present schema, if it has not. */
export function beginMigrated(database: SqliteDatabase, schema = migrations.length): void {
  if (versionOf(database) >= schema) return;
  database.pragma('cache_spill = OFF');
  database.exec('BEGIN IMMEDIATE');
  carryOut(database, migrations.slice(0, schema));
}

const indexBytes = 32_768;

/**
 * After the last close, which removes the index of the WAL (`-shm`): on a full disk there would be no room for it at the next
 * opening, and nothing could be read. SQLite takes a file of that name over, whatever is in it (sqlite.org/wal.html).
 * Nothing is made for a database that has no file.
 */
export function keepRoomForIndex(path: string): void {
  if (!existsSync(path)) return;
  try {
    writeFileSync(`${path}-shm`, Buffer.alloc(indexBytes), { flag: 'wx', mode: 0o600 });
  } catch {
    // It is there, or there is no room already.
  }
}
