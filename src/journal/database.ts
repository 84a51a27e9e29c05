import Database from 'better-sqlite3';
import { MemfsError } from '../core/errors.js';
import { migrations } from './schema.js';

export type SqliteDatabase = Database.Database;
export type Statement = Database.Statement;

/** Copies what the WAL holds into the database, as far as readers and the writer allow. */
export function checkpointDatabase(path: string): void {
  const database = new Database(path, { fileMustExist: true, timeout: 0 });
  try {
    database.pragma('wal_checkpoint(PASSIVE)');
  } finally {
    database.close();
  }
}

/** Of a new database. Large contents are written twice as fast as with 4 KiB, small ones as fast. */
const pageBytes = 16_384;

/**
 * Opens the database of a store (or, read-only, beside the connection that owns it).
 *
 * `synchronous=NORMAL`: a commit survives the death of the process, a checkpoint or an explicit fdatasync of
 * the WAL makes it survive loss of power (sqlite.org/wal.html). `secure_delete` is on from creation, so that
 * redacted bytes do not stay in free pages. `schema`: no newer one than this.
 */
export function openDatabase(
  path: string,
  options: { readonly readOnly?: boolean; readonly schema?: number } = {},
): SqliteDatabase {
  const database = new Database(path, { readonly: options.readOnly ?? false, timeout: 2000 });
  try {
    if (!options.readOnly) {
      database.pragma(`page_size = ${pageBytes}`);
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      database.pragma('secure_delete = ON');
      database.pragma('wal_autocheckpoint = 0');
    }
    database.pragma('cache_size = -16384');
    database.pragma('temp_store = MEMORY');
    checkVersion(database, path);
    if (!options.readOnly) migrate(database, options.schema ?? migrations.length);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** An empty one in memory, without a schema. */
export const memoryDatabase = (): SqliteDatabase => new Database(':memory:');

function checkVersion(database: SqliteDatabase, path: string): void {
  const version = database.pragma('user_version', { simple: true }) as number;
  if (version > migrations.length)
    throw new MemfsError('unsupported', `${path} was written by a newer memfsd (schema ${version})`, {
      hint: 'Upgrade memfsd; an older one must not touch this store.',
    });
}

function migrate(database: SqliteDatabase, through: number): void {
  for (
    let version = database.pragma('user_version', { simple: true }) as number;
    version < through;
    version++
  ) {
    const migration = migrations[version]!;
    database.transaction(() => {
      database.exec(migration);
      database.pragma(`user_version = ${version + 1}`);
    })();
  }
}
