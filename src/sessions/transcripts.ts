/** The transcripts of a data directory: what was ingested, read and removed. One at a time may write. */
import { MemfsError } from '../core/errors.js';
import type { TranscriptEvent } from './event.js';
import { type IngestRequest, requireOwn, TranscriptIngest } from './ingest.js';
import type { SourceMark } from './source.js';
import { openTranscriptDatabase, type TranscriptDatabase } from './transcript-database.js';

export interface SessionSummary {
  readonly id: string;
  readonly agent: string | null;
  /** `memstore_…` */
  readonly stores: readonly string[];
  readonly events: number;
  /** RFC 3339; of the first and the last event. */
  readonly first_time: string | null;
  readonly last_time: string | null;
  /** When it was said to have ended. */
  readonly ended_at: string | null;
  readonly cwd: string | null;
  readonly model: string | null;
  readonly files: readonly string[];
  readonly skipped_lines: number;
}

interface SessionRow extends Omit<SessionSummary, 'stores' | 'files'> {
  readonly number: number;
  readonly stores: string;
  readonly files: string;
}

type EventRow = Omit<TranscriptEvent, 'cursor' | 'is_error' | 'sidechain'> & {
  readonly number: number;
  readonly rank: number;
  readonly depth: number;
  readonly is_error: 0 | 1;
  readonly sidechain: 0 | 1;
};

const sessionColumns = `number, id, agent, events, first_time, last_time, ended_at, cwd, model,
  (SELECT json_group_array(store) FROM session_stores WHERE session = number) AS stores,
  (SELECT json_group_array(path) FROM source_sessions JOIN sources ON sources.number = source
     WHERE source_sessions.session = sessions.number) AS files,
  (SELECT coalesce(sum(skipped), 0) FROM sources WHERE sources.session = sessions.id) AS skipped_lines`;

export class Transcripts {
  readonly #db: TranscriptDatabase;

  constructor(path: string) {
    this.#db = openTranscriptDatabase(path);
  }

  close(): void {
    this.#db.close();
  }

  /** How far a file was read by the session (null: by the owner); also under another name, if it is the same file. */
  source(path: string, file: string, by: string | null): SourceMark | null {
    const mark = this.#db
      .prepare<[string, string, string | null, string], string>(
        `SELECT mark FROM sources WHERE (path = ? OR file = ?) AND mark <> '' AND ingested_by IS ?
         ORDER BY path = ? DESC LIMIT 1`,
      )
      .pluck()
      .get(path, file, by, path);
    return mark === undefined ? null : (JSON.parse(mark) as SourceMark);
  }

  ingest(request: IngestRequest): TranscriptIngest {
    return new TranscriptIngest(this.#db, request);
  }

  /** Runs in one transaction. */
  together<T>(work: () => T): T {
    return this.#db.transaction(work)();
  }

  /** The latest first; null: of every store. */
  list(store: string | null): SessionSummary[] {
    return this.#db
      .prepare<[string | null, string | null], SessionRow>(
        `SELECT ${sessionColumns} FROM sessions
         WHERE ? IS NULL OR number IN (SELECT session FROM session_stores WHERE store = ?)
         ORDER BY last_time DESC, number DESC`,
      )
      .all(store, store)
      .map(summaryOf);
  }

  show(id: string): SessionSummary {
    return summaryOf(this.#row(id));
  }

  /** In order, at most `limit`; `after`: the cursor of the last one that is known. */
  events(id: string, after: string | null, limit: number): TranscriptEvent[] {
    const [rank, depth, number] = cursorParts(after);
    return this.#db
      .prepare<[number, number, number, number, number], EventRow>(
        `SELECT events.*, sources.path AS file FROM events JOIN sources ON sources.number = source
         WHERE events.session = ? AND (rank, depth, events.number) > (?, ?, ?)
         ORDER BY rank, depth, events.number LIMIT ?`,
      )
      .all(this.#row(id).number, rank, depth, number, limit)
      .map((row) => eventOf(row, id));
  }

  /** `time`: RFC 3339. `by`: a session; throws `access_denied` when it is another's. */
  end(id: string, time: string, by: string | null): SessionSummary {
    // Whether there is such a one is not to be heard either.
    requireOwn(id, by);
    this.#db.prepare('UPDATE sessions SET ended_at = ? WHERE number = ?').run(time, this.#row(id).number);
    return this.show(id);
  }

  /** With all of its events; nothing of them stays in the files of the database. */
  delete(id: string, time: string): SessionSummary {
    const summary = this.show(id);
    this.together(() => {
      this.#db.prepare('INSERT INTO deleted_sessions VALUES (?, ?)').run(id, time);
      this.#db.prepare('DELETE FROM sessions WHERE id = ?').run(id);
    });
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    return summary;
  }

  #row(id: string): SessionRow {
    const row = this.#db
      .prepare<[string], SessionRow>(`SELECT ${sessionColumns} FROM sessions WHERE id = ?`)
      .get(id);
    if (row === undefined)
      throw new MemfsError('not_found', `there is no transcript of a session "${id}"`, {
        hint: 'memfsd session list',
      });
    return row;
  }
}

const summaryOf = ({ number: _, stores, files, ...rest }: SessionRow): SessionSummary => ({
  ...rest,
  stores: JSON.parse(stores) as string[],
  files: JSON.parse(files) as string[],
});

const eventOf = (row: EventRow, session: string): TranscriptEvent => ({
  session,
  cursor: `${row.rank}.${row.depth}.${row.number}`,
  entry: row.entry,
  part: row.part,
  parent: row.parent,
  kind: row.kind,
  origin: row.origin,
  time: row.time,
  text: row.text,
  cut: row.cut,
  tool_id: row.tool_id,
  tool_name: row.tool_name,
  is_error: row.is_error === 1,
  subagent: row.subagent,
  sidechain: row.sidechain === 1,
  cwd: row.cwd,
  model: row.model,
  file: row.file,
  line: row.line,
  offset: row.offset,
});

function cursorParts(cursor: string | null): [rank: number, depth: number, number: number] {
  if (cursor === null) return [-1, 0, 0];
  const parts = /^(\d{1,15})\.(\d{1,15})\.(\d{1,15})$/.exec(cursor);
  if (parts === null) throw new MemfsError('invalid', `"${cursor}" is no cursor of a transcript`);
  return [Number(parts[1]), Number(parts[2]), Number(parts[3])];
}
