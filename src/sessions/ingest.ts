/** Takes the events of one source into the database. Any part of it may come again: what is known stays as it is. */
import { MemfsError } from '../core/errors.js';
import { ChainOrder } from './chain-order.js';
import type { EventBody } from './event.js';
import type { SourceMark } from './source.js';
import type { TranscriptDatabase } from './transcript-database.js';

export interface IngestRequest {
  /** The file. */
  readonly path: string;
  /** `memstore_…` */
  readonly store: string;
  readonly agent: string | null;
  /** Reading goes on where it ended, under this name; null: the file is read from its beginning. */
  readonly continues: string | null;
  /** The session that brings it, which adds to its own transcript and to no other; null: the owner does. */
  readonly by: string | null;
}

export interface IngestedSession {
  readonly id: string;
  /** That are known of it, from all files. */
  readonly events: number;
  /** Broken lines in its files. */
  readonly skipped_lines: number;
}

export interface IngestResult {
  readonly sessions: readonly IngestedSession[];
  /** Events. */
  readonly new: number;
  readonly already_known: number;
  /** Events of sessions that were deleted, and stay so. */
  readonly deleted: number;
}

interface KnownSource {
  readonly number: number;
  readonly events: number;
  readonly ingested_by: string | null;
}

export class TranscriptIngest {
  readonly #db: TranscriptDatabase;
  readonly #request: IngestRequest;
  readonly #order: ChainOrder;
  readonly #source: number;
  readonly #by: string | null;
  /** How far a file was read is for those to say who read it. */
  readonly #mayMark: boolean;
  readonly #insert;
  readonly #note;
  /** By id; null: it was deleted. */
  readonly #sessions = new Map<string, number | null>();
  #new = 0;
  #known: number;
  #deleted = 0;

  constructor(db: TranscriptDatabase, request: IngestRequest) {
    this.#db = db;
    this.#request = request;
    this.#order = new ChainOrder(db);
    this.#by = request.by;
    const source = this.#takeSource();
    this.#source = source.number;
    this.#mayMark = source.ingested_by === this.#by;
    this.#known = request.continues !== null && this.#mayMark ? source.events : 0;
    this.#insert = db.prepare(
      `INSERT INTO events (session, source, entry, part, parent, rank, depth, waits, kind, origin, time, text, cut,
         tool_id, tool_name, is_error, subagent, sidechain, cwd, model, line, "offset")
       VALUES (@number, @source, @entry, @part, @parent, @rank, @depth, @waits, @kind, @origin, @time, @text, @cut,
         @tool_id, @tool_name, @is_error, @subagent, @sidechain, @cwd, @model, @line, @offset)
       ON CONFLICT (session, entry, part) DO NOTHING`,
    );
    this.#note = db.prepare(
      `UPDATE sessions SET events = events + 1, cwd = coalesce(cwd, @cwd), model = coalesce(@model, model),
         first_time = min(coalesce(first_time, @time), coalesce(@time, first_time)),
         last_time = max(coalesce(last_time, @time), coalesce(@time, last_time))
       WHERE number = @number`,
    );
  }

  /** Throws `access_denied` for an event of a session that is not the bringer's. */
  add(event: EventBody): void {
    const number = this.#sessionNumber(event.session);
    if (number === null) {
      this.#deleted += 1;
      return;
    }
    const { session: _, ...columns } = event;
    const place = this.#order.placeOf(number, event.entry, event.parent, event.time);
    const { changes } = this.#insert.run({
      ...columns,
      ...place,
      number,
      source: this.#source,
      is_error: Number(event.is_error),
      sidechain: Number(event.sidechain),
    });
    if (changes === 0) this.#known += 1;
    else {
      this.#new += 1;
      this.#note.run({ number, time: event.time, cwd: event.cwd, model: event.model });
    }
  }

  /** Throws as `add`. */
  mark(mark: SourceMark): void {
    if (mark.session !== null) requireOwn(mark.session, this.#by);
    if (!this.#mayMark) return;
    this.#db
      .prepare('UPDATE sources SET file = ?, mark = ?, session = ?, skipped = ?, events = ? WHERE number = ?')
      .run(
        mark.file,
        JSON.stringify(mark),
        mark.session,
        mark.skipped + Number(mark.unfinished),
        this.#new + this.#known,
        this.#source,
      );
  }

  finish(): IngestResult {
    for (const number of this.#sessions.values()) if (number !== null) this.#order.settle(number);
    const sessions = this.#db
      .prepare<[number], IngestedSession>(
        `SELECT id, events,
           (SELECT coalesce(sum(skipped), 0) FROM sources WHERE sources.session = id) AS skipped_lines
         FROM sessions JOIN source_sessions ON session = number WHERE source = ? ORDER BY number`,
      )
      .all(this.#source)
      // What a file that was written anew held before is not in it; what others found in it is not this bringer's to know.
      .filter(({ id }) => (this.#request.continues !== null && this.#by === null) || this.#sessions.has(id));
    for (const { id } of sessions) this.#link(this.#sessionNumber(id)!);
    return { sessions, new: this.#new, already_known: this.#known, deleted: this.#deleted };
  }

  #takeSource(): KnownSource {
    const { path, continues } = this.#request;
    if (continues !== null)
      this.#db
        .prepare('UPDATE OR IGNORE sources SET path = ? WHERE path = ? AND ingested_by IS ?')
        .run(path, continues, this.#by);
    // The owner reads anew what a session says to have read.
    if (this.#by === null)
      this.#db
        .prepare(
          `UPDATE sources SET ingested_by = NULL, mark = '', events = 0, skipped = 0
           WHERE path = ? AND ingested_by IS NOT NULL`,
        )
        .run(path);
    return this.#db
      .prepare<[string, string | null], KnownSource>(
        `INSERT INTO sources (path, file, mark, skipped, events, ingested_by) VALUES (?, '', '', 0, 0, ?)
         ON CONFLICT (path) DO UPDATE SET path = excluded.path RETURNING number, events, ingested_by`,
      )
      .get(path, this.#by)!;
  }

  #sessionNumber(id: string): number | null {
    const known = this.#sessions.get(id);
    if (known !== undefined) return known;
    const number = this.#takeSession(id);
    this.#sessions.set(id, number);
    if (number !== null) this.#link(number);
    return number;
  }

  #takeSession(id: string): number | null {
    requireOwn(id, this.#by);
    if (this.#db.prepare('SELECT 1 FROM deleted_sessions WHERE id = ?').get(id) !== undefined) return null;
    const { agent } = this.#request;
    return this.#db
      .prepare<[string, string | null], number>(
        `INSERT INTO sessions (id, agent) VALUES (?, ?)
         ON CONFLICT (id) DO UPDATE SET agent = coalesce(excluded.agent, agent) RETURNING number`,
      )
      .pluck()
      .get(id, agent)!;
  }

  #link(session: number): void {
    this.#db
      .prepare('INSERT OR IGNORE INTO session_stores (session, store) VALUES (?, ?)')
      .run(session, this.#request.store);
    this.#db
      .prepare('INSERT OR IGNORE INTO source_sessions (source, session) VALUES (?, ?)')
      .run(this.#source, session);
  }
}

/** Throws `access_denied` for the transcript of another session than the one that asks; null: the owner does. */
export function requireOwn(id: string, by: string | null): void {
  if (by === null || id === by) return;
  throw new MemfsError(
    'access_denied',
    `the transcript of the session "${id}" is not this session's (${by})`,
    {
      hint: 'a session adds to its own transcript, whatever its files call it; run it outside of the session for others',
    },
  );
}
