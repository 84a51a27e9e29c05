/**
 * The tables of one store, and the forward-only migrations that make them (`PRAGMA user_version`).
 *
 * - Records are the journal; everything else is a projection of it or state of the present moment.
 * - Names and paths are raw bytes (BLOB). Times of files are two integers: nanoseconds do not fit a double.
 * - An interval `[from_seq, to_seq)` says when something held; `to_seq IS NULL` is now. `from_seq IS NULL` is
 *   not part of history: an entry whose file has not been committed yet, or that is unversioned.
 */
export const migrations: readonly string[] = [
  `
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE branches (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  parent INTEGER REFERENCES branches (id),
  fork_seq INTEGER
);
INSERT INTO branches (id, name) VALUES (1, 'main');

CREATE TABLE actors (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  session TEXT NOT NULL,
  UNIQUE (agent, session)
);

-- The chain covers seq … commitment; what follows lies outside it, so that redaction can delete it.
CREATE TABLE records (
  seq INTEGER PRIMARY KEY,
  branch INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  operation INTEGER NOT NULL,
  actor INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  memory INTEGER,
  parent INTEGER,
  commitment BLOB NOT NULL,
  chain BLOB NOT NULL,
  salt BLOB,
  path BLOB,
  previous_path BLOB,
  content INTEGER
);
CREATE INDEX records_of_memory ON records (memory, seq) WHERE memory IS NOT NULL;

CREATE TABLE entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  branch INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  name BLOB NOT NULL,
  ino INTEGER NOT NULL,
  memory INTEGER,
  from_seq INTEGER,
  to_seq INTEGER
);
CREATE UNIQUE INDEX entries_now ON entries (branch, parent, name) WHERE to_seq IS NULL;
CREATE INDEX entries_of_directory ON entries (branch, parent) WHERE to_seq IS NULL;
CREATE INDEX entries_of_inode ON entries (branch, ino) WHERE to_seq IS NULL;
CREATE INDEX entries_past ON entries (branch, parent, name, from_seq) WHERE to_seq IS NOT NULL;

CREATE TABLE inodes (
  branch INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  gid INTEGER NOT NULL,
  rdev INTEGER NOT NULL,
  nlink INTEGER NOT NULL,
  size INTEGER NOT NULL,
  atime_sec INTEGER NOT NULL,
  atime_nsec INTEGER NOT NULL,
  mtime_sec INTEGER NOT NULL,
  mtime_nsec INTEGER NOT NULL,
  ctime_sec INTEGER NOT NULL,
  ctime_nsec INTEGER NOT NULL,
  content INTEGER,
  memory INTEGER,
  version INTEGER,
  since INTEGER,
  target BLOB,
  PRIMARY KEY (branch, ino)
) WITHOUT ROWID;
CREATE INDEX inodes_orphaned ON inodes (branch, ino) WHERE nlink = 0;

CREATE TABLE inode_history (
  branch INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  gid INTEGER NOT NULL,
  target BLOB,
  PRIMARY KEY (branch, ino, from_seq)
) WITHOUT ROWID;

CREATE TABLE xattrs (
  branch INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  name TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (branch, ino, name)
) WITHOUT ROWID;

-- sha256 is NULL for the content of an unversioned file, which belongs to that file alone; it may refer to segments
-- of a version that it was made from, and "owned" are those that may go with it.
CREATE TABLE contents (
  id INTEGER PRIMARY KEY,
  sha256 BLOB,
  size INTEGER NOT NULL,
  segments BLOB NOT NULL,
  owned BLOB
);
CREATE UNIQUE INDEX contents_by_hash ON contents (sha256) WHERE sha256 IS NOT NULL;

-- position = segment * 262144 + offset. Bytes of a segment that no piece covers are zero.
CREATE TABLE pieces (
  position INTEGER PRIMARY KEY,
  data BLOB NOT NULL
);

-- What the engine must still know after it was killed (written with each group commit).
CREATE TABLE open_handles (
  id INTEGER PRIMARY KEY,
  connection INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  agent TEXT NOT NULL,
  session TEXT NOT NULL
);
CREATE TABLE working_states (
  ino INTEGER NOT NULL,
  connection INTEGER NOT NULL,
  size INTEGER NOT NULL,
  segments BLOB NOT NULL,
  agent TEXT NOT NULL,
  session TEXT NOT NULL,
  PRIMARY KEY (ino, connection)
) WITHOUT ROWID;
CREATE TABLE unanswered (
  connection INTEGER NOT NULL,
  request TEXT NOT NULL,
  result TEXT NOT NULL,
  PRIMARY KEY (connection, request)
) WITHOUT ROWID;
CREATE TABLE held_locks (
  ino INTEGER NOT NULL,
  connection INTEGER NOT NULL,
  handle INTEGER NOT NULL,
  kind TEXT NOT NULL,
  owner TEXT NOT NULL,
  type TEXT NOT NULL,
  first TEXT NOT NULL,
  last TEXT NOT NULL,
  pid INTEGER NOT NULL
);
`,
  `
-- mount: the connection it came through, 0 for the command line; NULL in records of schema 1, whose chain does
-- not cover mount and claimed. flags: what the policy noted, separated by spaces.
ALTER TABLE records ADD COLUMN mount INTEGER;
ALTER TABLE records ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE records ADD COLUMN flags TEXT;
-- removes: the records whose contents this one (redacted, pruned) took away, as LEB128; behind its commitment.
-- removed_by: the record that did so to this one, which has lost its salt and its content.
ALTER TABLE records ADD COLUMN removes BLOB;
ALTER TABLE records ADD COLUMN removed_by INTEGER;
CREATE INDEX records_of_content ON records (content) WHERE content IS NOT NULL;

INSERT INTO meta (key, value) SELECT 'next_content', ifnull(max(id), 0) + 1 FROM contents;

ALTER TABLE open_handles ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE working_states ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE working_states ADD COLUMN base INTEGER;
ALTER TABLE working_states ADD COLUMN basis INTEGER;
ALTER TABLE working_states ADD COLUMN appended_to INTEGER;

-- The version of each memory that a session knows: what its next write is measured against.
CREATE TABLE observations (
  session TEXT NOT NULL,
  memory INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (session, memory)
) WITHOUT ROWID;
-- Every version that a session has read, and when first.
CREATE TABLE reads (
  session TEXT NOT NULL,
  seq INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  PRIMARY KEY (session, seq)
) WITHOUT ROWID;
-- user.memfs.if_match: the content that the session's next write must still find.
CREATE TABLE expectations (
  session TEXT NOT NULL,
  ino INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  PRIMARY KEY (session, ino)
) WITHOUT ROWID;

-- What was refused, and why. A conflict has a number, counted for each path, and keeps the contents (base, mine,
-- theirs: ids of contents, NULL where there was none).
CREATE TABLE refusals (
  id INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  mount INTEGER NOT NULL,
  agent TEXT NOT NULL,
  session TEXT NOT NULL,
  operation TEXT NOT NULL,
  code TEXT NOT NULL,
  cause TEXT NOT NULL,
  path BLOB NOT NULL,
  ino INTEGER NOT NULL,
  memory INTEGER,
  number INTEGER,
  base_seq INTEGER,
  head_seq INTEGER,
  base INTEGER,
  mine INTEGER,
  theirs INTEGER,
  resolved_ms INTEGER,
  resolution TEXT
);
CREATE INDEX refusals_of_path ON refusals (path, number) WHERE number IS NOT NULL;

-- Node ids that a mount's kernel was given for paths below .memfs/.
CREATE TABLE control_nodes (
  id INTEGER PRIMARY KEY,
  connection INTEGER NOT NULL,
  path BLOB NOT NULL,
  UNIQUE (connection, path)
);
-- Bytes of log.jsonl up to the end of each block of records, for each view (the rules of a scope, as JSON).
CREATE TABLE log_marks (
  view TEXT NOT NULL,
  block INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (view, block)
) WITHOUT ROWID;
`,
  `
-- fork_seq: the newest record when it was forked from main. dropped_seq: the record that ended it; what it had in other
-- tables than records is gone then. The record that makes or ends a branch has its name as previous_path.
CREATE TABLE branches_now (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  fork_seq INTEGER,
  dropped_seq INTEGER
);
INSERT INTO branches_now (id, name, fork_seq) SELECT id, name, fork_seq FROM branches;
DROP TABLE branches;
ALTER TABLE branches_now RENAME TO branches;
CREATE UNIQUE INDEX branches_by_name ON branches (name) WHERE dropped_seq IS NULL;

ALTER TABLE open_handles ADD COLUMN branch INTEGER NOT NULL DEFAULT 1;
ALTER TABLE working_states ADD COLUMN branch INTEGER NOT NULL DEFAULT 1;
ALTER TABLE held_locks ADD COLUMN branch INTEGER NOT NULL DEFAULT 1;
ALTER TABLE refusals ADD COLUMN branch INTEGER NOT NULL DEFAULT 1;

CREATE TABLE observations_now (
  branch INTEGER NOT NULL,
  session TEXT NOT NULL,
  memory INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (branch, session, memory)
) WITHOUT ROWID;
INSERT INTO observations_now SELECT 1, session, memory, seq FROM observations;
DROP TABLE observations;
ALTER TABLE observations_now RENAME TO observations;

CREATE TABLE expectations_now (
  branch INTEGER NOT NULL,
  session TEXT NOT NULL,
  ino INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  PRIMARY KEY (branch, session, ino)
) WITHOUT ROWID;
INSERT INTO expectations_now SELECT 1, session, ino, sha256 FROM expectations;
DROP TABLE expectations;
ALTER TABLE expectations_now RENAME TO expectations;

-- The lines of a journal name their branch from now on.
DELETE FROM log_marks;
`,
  `
-- The generation of the spool was a counter; from now on it is a random name in 'spool' (SpoolGeneration). What a killed
-- engine of schema 3 has left in its spool is read by the number.
INSERT INTO meta (key, value) SELECT 'former_spool', ifnull((SELECT value FROM meta WHERE key = 'next_spool'), 1);
DELETE FROM meta WHERE key = 'next_spool';
`,
  `
-- What was appended belongs to the handle that did it, and is kept apart from what was changed in place: the bytes of
-- its content from "start" on. Handle 0: left by an engine that did not tell handles apart. base: the content before
-- "start", NULL: none, -1: nothing that can be committed. bound: its handle also writes in place.
CREATE TABLE appended (
  branch INTEGER NOT NULL,
  connection INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  place INTEGER NOT NULL,
  handle INTEGER NOT NULL,
  agent TEXT NOT NULL,
  session TEXT NOT NULL,
  claimed INTEGER NOT NULL,
  bound INTEGER NOT NULL,
  base INTEGER,
  start INTEGER NOT NULL,
  size INTEGER NOT NULL,
  segments BLOB NOT NULL,
  PRIMARY KEY (connection, ino, place)
) WITHOUT ROWID;
INSERT INTO appended
  SELECT branch, connection, ino, 0, 0, agent, session, claimed, 0, base, appended_to, size, segments
    FROM working_states WHERE appended_to < size;

-- edited: it was changed in place, or cut. runs: in which order the mount saw stretches of what was appended, as pairs
-- of place and length; NULL: each as a whole. under_way: handle and bytes of a write that may have more to come.
CREATE TABLE working_states_now (
  branch INTEGER NOT NULL,
  connection INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  agent TEXT NOT NULL,
  session TEXT NOT NULL,
  claimed INTEGER NOT NULL,
  base INTEGER,
  basis INTEGER,
  edited INTEGER NOT NULL,
  size INTEGER NOT NULL,
  segments BLOB NOT NULL,
  runs BLOB,
  under_way BLOB,
  PRIMARY KEY (connection, ino)
) WITHOUT ROWID;
INSERT INTO working_states_now
  SELECT branch, connection, ino, agent, session, claimed, base, basis, appended_to IS NULL, ifnull(appended_to, size),
      segments, NULL, NULL
    FROM working_states;
DROP TABLE working_states;
ALTER TABLE working_states_now RENAME TO working_states;
`,
  `
-- edited: the handle has changed the file in place, so that its close commits what was changed there.
ALTER TABLE open_handles ADD COLUMN edited INTEGER NOT NULL DEFAULT 1;
`,
];
