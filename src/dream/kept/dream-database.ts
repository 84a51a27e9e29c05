/** dreams.db: its schema and its pragmas. */
import { openDatabase, type SqliteDatabase } from '../../sqlite/database.js';

/** Forward only; `user_version` is the number of those done. */
const migrations = [
  `CREATE TABLE dreams (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     store TEXT NOT NULL,
     status TEXT NOT NULL,
     -- A DreamRequest, as JSON
     request TEXT NOT NULL,
     asked_by TEXT NOT NULL,
     base INTEGER,
     branch TEXT,
     created_at TEXT NOT NULL,
     started_at TEXT,
     ended_at TEXT,
     error TEXT,
     usage TEXT,
     remarks TEXT NOT NULL DEFAULT '[]',
     removed_bytes INTEGER NOT NULL DEFAULT 0,
     -- Changed without a review
     unseen_bytes INTEGER NOT NULL DEFAULT 0,
     -- That it was made from, and when its sessions were
     memories INTEGER NOT NULL DEFAULT 0,
     first_time TEXT,
     last_time TEXT,
     -- How many times it was begun
     attempts INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX dreams_of_store ON dreams (store, number);
   -- What it was made from, and how many events each had then.
   CREATE TABLE dream_sessions (
     dream INTEGER NOT NULL REFERENCES dreams (number) ON DELETE CASCADE,
     session TEXT NOT NULL,
     events INTEGER NOT NULL,
     PRIMARY KEY (dream, session)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE edits (
     dream INTEGER NOT NULL REFERENCES dreams (number) ON DELETE CASCADE,
     n INTEGER NOT NULL,
     -- An Edit, as JSON
     edit TEXT NOT NULL,
     PRIMARY KEY (dream, n)
   ) STRICT, WITHOUT ROWID;
   -- How far a consolidator has come.
   CREATE TABLE saved_states (
     dream INTEGER PRIMARY KEY REFERENCES dreams (number) ON DELETE CASCADE,
     state TEXT NOT NULL
   ) STRICT;
   -- Of edits that a reviewer did not want: they are not proposed again on the same evidence.
   CREATE TABLE rejections (
     store TEXT NOT NULL,
     fingerprint TEXT NOT NULL,
     time TEXT NOT NULL,
     PRIMARY KEY (store, fingerprint)
   ) STRICT, WITHOUT ROWID;
   -- Hosts that the texts of a store may be sent to.
   CREATE TABLE uploads (
     store TEXT NOT NULL,
     host TEXT NOT NULL,
     time TEXT NOT NULL,
     PRIMARY KEY (store, host)
   ) STRICT, WITHOUT ROWID;
   -- What was written, or is about to be, by an apply or a revert.
   CREATE TABLE writings (
     number INTEGER PRIMARY KEY,
     dream INTEGER NOT NULL REFERENCES dreams (number) ON DELETE CASCADE,
     kind TEXT NOT NULL,
     time TEXT NOT NULL,
     done INTEGER NOT NULL,
     removed_bytes INTEGER NOT NULL,
     -- A Writing, as JSON
     writing TEXT NOT NULL
   ) STRICT;
   CREATE INDEX writings_of_dream ON writings (dream);
   CREATE TABLE schedules (
     store TEXT PRIMARY KEY,
     -- ScheduleSettings, as JSON
     settings TEXT NOT NULL,
     paused INTEGER NOT NULL,
     created_at TEXT NOT NULL,
     looked_at TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

/**
 * Deleted texts are wiped. The engine and the thread of a dream each have a connection. Each commit is
 * synced: decisions, and the texts that a revert needs, can be made again from nothing else.
 */
export function openDreamDatabase(path: string, lockWaitMs: number): SqliteDatabase {
  return openDatabase(path, {
    lockWaitMs,
    pragmas: ['journal_mode = WAL', 'synchronous = FULL', 'secure_delete = ON', 'foreign_keys = ON'],
    schema: { migrations, newerHint: 'install that version, or choose another data directory' },
  });
}

export type DreamDatabase = SqliteDatabase;
