/** The one place that opens files of SQLite. */
import Database from 'better-sqlite3';
import { migrate, requireKnown, type Schema } from './migrations.js';
import { cutRemnants } from './remnants.js';

export type SqliteDatabase = Database.Database;
export type Statement = Database.Statement;

export interface OpenOptions {
  /** How long a lock of another connection is waited for. */
  readonly lockWaitMs: number;
  /** In this order: `page_size` and `locking_mode` only count before `journal_mode`. */
  readonly pragmas: readonly string[];
  readonly schema: Schema;
  /** The file stays as it is: its remnants, and its schema too. */
  readonly readOnly?: boolean;
  /** Brings it to the present schema in another way than `migrate`. */
  readonly migrate?: (database: SqliteDatabase) => void;
}

/**
 * Opens a file, or makes it, and brings it to the present schema. Throws `unsupported` for a newer one, else what SQLite
 * throws; nothing stays open then.
 */
export function openDatabase(path: string, options: OpenOptions): SqliteDatabase {
  const { lockWaitMs, pragmas, schema, readOnly = false } = options;
  const database = new Database(path, { readonly: readOnly, timeout: lockWaitMs });
  try {
    for (const pragma of pragmas) database.pragma(pragma);
    requireKnown(database, path, schema);
    if (readOnly) return database;
    cutRemnants(database, path);
    if (options.migrate === undefined) migrate(database, schema.migrations);
    else options.migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens a file that is there, whatever its schema, and leaves that as it is. */
export const openExisting = (path: string, lockWaitMs: number): SqliteDatabase =>
  new Database(path, { fileMustExist: true, timeout: lockWaitMs });

/** In memory, without a schema. */
export const memoryDatabase = (): SqliteDatabase => new Database(':memory:');

/** In memory, from the bytes of a file. */
export const databaseOf = (bytes: Buffer): SqliteDatabase => new Database(bytes);
