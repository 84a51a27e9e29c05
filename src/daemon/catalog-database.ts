/** The file of the catalog, and what stands in for it while it cannot be written to. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { MemfsError, mayPass } from '../core/errors.js';
import { keepRoomForIndex } from '../journal/database.js';
import { failureAt } from '../journal/storage-failure.js';
import { databaseOf, openDatabase, openExisting, type SqliteDatabase } from '../sqlite/database.js';
import { migrate, requireKnown, type Schema } from '../sqlite/migrations.js';

/** On the loop that answers the kernel: a lock of another program is waited for no longer. */
const lockWaitMs = 50;
/** At the start, when no mount is served yet. */
const patientMs = 5000;
const retryMs = 1000;
/** Offsets in the header: 2 says that there is a WAL, which a database in memory cannot have (sqlite.org/fileformat2.html#fileformat). */
const walMarks = [18, 19] as const;

export type Write<T> = (db: SqliteDatabase) => T;

/**
 * A full disk, a used-up quota or a lock of another program must not keep an engine from serving mounts, so there are two
 * kinds of writes. What somebody is promised is written to the file, or throws (`write`). What only says how things stand
 * (`note`) is written to a copy in memory when the file cannot be, and to the file as soon as it can; meanwhile all is read
 * from the copy, which takes nothing else.
 */
export class CatalogDatabase {
  readonly #path: string;
  readonly #schema: Schema;
  #file: SqliteDatabase | null = null;
  #copy: SqliteDatabase | null = null;
  readonly #noted: Write<unknown>[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, schema: Schema) {
    this.#path = path;
    this.#schema = schema;
    try {
      this.#file = this.#open();
    } catch (thrown) {
      const error = failureAt(path, thrown);
      if (!mayPass(error) || !existsSync(path)) throw error;
      this.#leaveFile(bytesWithoutIndex(path));
    }
  }

  /** To read from. */
  get reader(): SqliteDatabase {
    return this.#copy ?? this.#file!;
  }

  /** Whether the file cannot be written to for now. */
  get isBehind(): boolean {
    return this.#copy !== null;
  }

  #open(): SqliteDatabase {
    return openDatabase(this.#path, {
      lockWaitMs,
      pragmas: ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON'],
      schema: this.#schema,
    });
  }

  /** In a transaction of its own. Throws why it cannot be written. */
  write<T>(work: Write<T>): T {
    this.#catchUp();
    try {
      return this.#file!.transaction(work)(this.#file!);
    } catch (thrown) {
      throw this.#failure(thrown);
    }
  }

  /** The same without waiting for the disk: a loss of power may take it back. */
  writeQuickly<T>(work: Write<T>): T {
    this.#catchUp();
    this.#file!.pragma('synchronous = NORMAL');
    try {
      return this.write(work);
    } finally {
      this.#file!.pragma('synchronous = FULL');
    }
  }

  /** The same, later if it must be: `work` gives the same result then. */
  note<T>(work: Write<T>): T {
    if (this.#copy === null)
      try {
        return this.write(work);
      } catch (thrown) {
        if (!(thrown instanceof MemfsError) || !mayPass(thrown)) throw thrown;
        this.#leaveFile(this.#file!.serialize());
      }
    this.#noted.push(work);
    return inCopy(this.#copy!, work);
  }

  #failure(thrown: unknown): unknown {
    return thrown instanceof MemfsError ? thrown : failureAt(this.#path, thrown);
  }

  #leaveFile(bytes: Buffer): void {
    for (const mark of walMarks) bytes[mark] = 1;
    this.#copy = databaseOf(bytes);
    this.#copy.pragma('foreign_keys = ON');
    requireKnown(this.#copy, this.#path, this.#schema);
    inCopy(this.#copy, (copy) => migrate(copy, this.#schema.migrations));
    this.#timer = setInterval(() => this.#tryToCatchUp(), retryMs);
    this.#timer.unref();
  }

  #tryToCatchUp(): void {
    try {
      this.#catchUp();
    } catch {
      // The next turn tries again.
    }
  }

  /** Throws why the file cannot be written to. */
  #catchUp(): void {
    if (this.#copy === null) return;
    try {
      this.#file ??= this.#open();
      const file = this.#file;
      file.transaction(() => {
        for (const work of this.#noted) work(file);
      })();
    } catch (thrown) {
      throw this.#failure(thrown);
    }
    clearInterval(this.#timer);
    this.#noted.length = 0;
    this.#copy.close();
    this.#copy = null;
  }

  close(): void {
    this.#tryToCatchUp();
    clearInterval(this.#timer);
    this.#copy?.close();
    this.#file?.close();
    keepRoomForIndex(this.#path);
  }
}

function inCopy<T>(copy: SqliteDatabase, work: Write<T>): T {
  copy.pragma('query_only = OFF');
  try {
    return copy.transaction(work)(copy);
  } finally {
    copy.pragma('query_only = ON');
  }
}

/**
 * The committed content of a database for whose index (`-shm`) there is no room: SQLite keeps the index in its own memory
 * when nobody else may use the database (sqlite.org/wal.html#noshm).
 */
function bytesWithoutIndex(path: string): Buffer {
  if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0) return readFileSync(path);
  const db = openExisting(path, patientMs);
  try {
    db.pragma('locking_mode = EXCLUSIVE');
    return db.serialize();
  } finally {
    db.close();
  }
}
