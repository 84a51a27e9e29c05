/** transcripts.db: its schema and its pragmas. */
import { openDatabase, type SqliteDatabase } from '../sqlite/database.js';

/** Forward only; `user_version` is the number of those done. */
const migrations = [
  `CREATE TABLE sessions (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     agent TEXT,
     cwd TEXT,
     model TEXT,
     events INTEGER NOT NULL DEFAULT 0,
     -- RFC 3339, of its events
     first_time TEXT,
     last_time TEXT,
     ended_at TEXT
   ) STRICT;
   CREATE TABLE session_stores (
     session INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
     store TEXT NOT NULL,
     PRIMARY KEY (session, store)
   ) STRICT, WITHOUT ROWID;
   -- What was deleted stays deleted: whoever watches its file must not bring it back.
   CREATE TABLE deleted_sessions (id TEXT PRIMARY KEY, time TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE sources (
     number INTEGER PRIMARY KEY,
     path TEXT NOT NULL UNIQUE,
     file TEXT NOT NULL,
     -- A SourceMark, as JSON
     mark TEXT NOT NULL,
     session TEXT,
     skipped INTEGER NOT NULL,
     -- Events that were read from it
     events INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX sources_file ON sources (file);
   CREATE INDEX sources_session ON sources (session);
   CREATE TABLE source_sessions (
     source INTEGER NOT NULL REFERENCES sources (number) ON DELETE CASCADE,
     session INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
     PRIMARY KEY (source, session)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE events (
     number INTEGER PRIMARY KEY,
     session INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
     source INTEGER NOT NULL REFERENCES sources (number),
     entry TEXT NOT NULL,
     part INTEGER NOT NULL,
     parent TEXT,
     -- Where it stands: (rank, depth, number). A rank is a time in ms, no earlier than the parent's.
     rank INTEGER NOT NULL,
     depth INTEGER NOT NULL,
     -- Its parent is not there yet
     waits INTEGER NOT NULL,
     kind TEXT NOT NULL,
     origin TEXT NOT NULL,
     time TEXT,
     text TEXT NOT NULL,
     cut INTEGER NOT NULL,
     tool_id TEXT,
     tool_name TEXT,
     is_error INTEGER NOT NULL,
     subagent TEXT,
     sidechain INTEGER NOT NULL,
     cwd TEXT,
     model TEXT,
     line INTEGER NOT NULL,
     "offset" INTEGER NOT NULL,
     UNIQUE (session, entry, part)
   ) STRICT;
   CREATE INDEX events_order ON events (session, rank, depth);
   CREATE INDEX events_beginnings ON events (session, parent) WHERE depth = 0 AND parent IS NOT NULL;`,
  // The session whose process brought it; null: the owner did.
  `ALTER TABLE sessions ADD COLUMN ingested_by TEXT;
   ALTER TABLE sources ADD COLUMN ingested_by TEXT;`,
  // What sessions brought under other names than their own is not what happened in the sessions of those names.
  `UPDATE sources SET session = NULL, mark = '', events = 0 WHERE ingested_by IS NOT NULL AND session IS NOT ingested_by;
   UPDATE sessions SET id = 'brought-' || number || '-' || substr(id, 1, 200)
     WHERE ingested_by IS NOT NULL AND ingested_by <> id;
   ALTER TABLE sessions DROP COLUMN ingested_by;`,
];

/** In the thread of transcripts, which may wait. */
const lockWaitMs = 5000;

/** It can be made again from its sources, so `synchronous=NORMAL`. Deleted texts are wiped. */
export function openTranscriptDatabase(path: string): SqliteDatabase {
  return openDatabase(path, {
    lockWaitMs,
    pragmas: [
      'journal_mode = WAL',
      'synchronous = NORMAL',
      'secure_delete = ON',
      'foreign_keys = ON',
      // The names of messages are random: the index of a long session is wanted in memory, and in the WAL for a while.
      'cache_size = -65536',
      'wal_autocheckpoint = 8000',
    ],
    schema: { migrations, newerHint: 'install that version, or choose another data directory' },
  });
}

export type TranscriptDatabase = SqliteDatabase;
