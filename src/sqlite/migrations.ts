/** Schemas go forward only; `user_version` is the number of migrations that a file has had. */
import type Database from 'better-sqlite3';
import { MemfsError } from '../core/errors.js';

export interface Schema {
  /** In SQL, the oldest first. */
  readonly migrations: readonly string[];
  /** Hint of the error about a file of a newer schema. */
  readonly newerHint: string;
}

export const versionOf = (database: Database.Database): number =>
  database.pragma('user_version', { simple: true }) as number;

/** Throws `unsupported` for a file of a newer schema. */
export function requireKnown(
  database: Database.Database,
  path: string,
  { migrations, newerHint }: Schema,
): void {
  const version = versionOf(database);
  if (version > migrations.length)
    throw new MemfsError('unsupported', `${path} was written by a newer memfsd (schema ${version})`, {
      hint: newerHint,
    });
}

/** Brings a database to the present schema: wholly, or not at all. */
export function migrate(database: Database.Database, migrations: readonly string[]): void {
  if (versionOf(database) >= migrations.length) return;
  database.transaction(() => carryOut(database, migrations)).immediate();
}

/** Inside a transaction of the caller. */
export function carryOut(database: Database.Database, migrations: readonly string[]): void {
  for (const migration of migrations.slice(versionOf(database))) database.exec(migration);
  database.pragma(`user_version = ${migrations.length}`);
}
