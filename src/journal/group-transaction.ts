import { beginMigrated, type SqliteDatabase } from './database.js';

/**
 * One SQLite write transaction shared by many mutations (group commit).
 *
 * Statements run inside it as soon as a mutation needs them, and the connection reads its own writes, so the
 * present state is always complete. What a crash would roll back is in the spool, whose frames are carried out
 * again. Measured: create + commit of a 1 KiB file is 40 µs this way, 168 µs with a COMMIT for each mutation.
 */
export class GroupTransaction {
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  #open: boolean;

  constructor(database: SqliteDatabase) {
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#rollback = database.prepare('ROLLBACK');
    // A migration for which there was no room.
    this.#open = database.inTransaction;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Starts the transaction if none is open. */
  begin(): void {
    if (this.#open) return;
    this.#begin.run();
    this.#open = true;
  }

  commit(): void {
    if (!this.#open) return;
    this.#commit.run();
    this.#open = false;
  }

  /** SQLite may have rolled back by itself (SQLITE_FULL, SQLITE_IOERR): then there is nothing left to do. */
  rollback(database: SqliteDatabase): void {
    if (database.inTransaction) this.#rollback.run();
    beginMigrated(database);
    this.#open = database.inTransaction;
  }
}
