/** The dreams of a data directory: what was asked for, what came of it, what was decided. */
import { MemfsError } from '../core/errors.js';
import { type Dream, type DreamRequest, type DreamStatus, isUnderWay, waitsForReview } from './dream.js';
import { type DreamDatabase, openDreamDatabase } from './dream-database.js';
import type { Edit, EditState } from './edit.js';
import { Schedules } from './triggers/schedules.js';
import { UnseenRecord } from './unseen-record.js';
import { Writings } from './writings.js';

type DreamRow = Omit<Dream, 'request' | 'error' | 'usage' | 'remarks'> & {
  readonly number: number;
  readonly request: string;
  readonly error: string | null;
  readonly usage: string | null;
  readonly remarks: string;
};

/** What a dream came to. */
export interface Outcome {
  readonly base: number;
  readonly branch: string | null;
  readonly edits: readonly Edit[];
  readonly usage: Dream['usage'];
  readonly remarks: readonly string[];
  /** With the number of events that each had. */
  readonly sessions: readonly { readonly id: string; readonly events: number }[];
  readonly removedBytes: number;
  readonly memories: number;
  /** RFC 3339: of the sessions. */
  readonly firstTime: string | null;
  readonly lastTime: string | null;
}

const columns = `number, id, store, status, request, asked_by, base, branch, created_at, started_at, ended_at, error,
  usage, remarks, removed_bytes, memories, first_time, last_time, (SELECT count(*) FROM dream_sessions WHERE dream = number) AS sessions`;

/** In threads. */
const patientMs = 10_000;

/** What they read counts as dreamt about. */
const notDreamt = `('pending', 'running', 'failed', 'canceled', 'superseded')`;

export class Dreams {
  readonly schedules: Schedules;
  readonly unseen: UnseenRecord;
  readonly writings: Writings;
  readonly #db: DreamDatabase;

  /** `lockWaitMs`: the longest time for which a write waits for another one's. */
  constructor(path: string, lockWaitMs = patientMs) {
    this.#db = openDreamDatabase(path, lockWaitMs);
    this.schedules = new Schedules(this.#db);
    this.unseen = new UnseenRecord(this.#db);
    this.writings = new Writings(this.#db);
  }

  /** From now on nothing is written. */
  freeze(): void {
    this.#db.pragma('query_only = ON');
  }

  close(): void {
    this.#db.close();
  }

  /** Throws `busy` while another one of the store is under way. */
  create(
    dream: Pick<Dream, 'id' | 'store' | 'asked_by' | 'created_at'> & { readonly request: DreamRequest },
  ): Dream {
    const { id, store, asked_by, created_at, request } = dream;
    const other = this.list(store).find(isUnderWay);
    if (other !== undefined)
      throw new MemfsError('busy', `the dream ${other.id} of this store is under way (${other.status})`, {
        hint: `memfsd dream show ${other.id}, or memfsd dream cancel ${other.id}`,
      });
    this.#db
      .prepare(
        `INSERT INTO dreams (id, store, status, request, asked_by, created_at) VALUES (?, ?, 'pending', ?, ?, ?)`,
      )
      .run(id, store, JSON.stringify(request), asked_by, created_at);
    return this.get(id);
  }

  /** By id, or by the beginning of one. */
  get(reference: string): Dream {
    return dreamOf(this.#row(reference));
  }

  /** By its whole id; null: there is none. */
  find(id: string): Dream | null {
    const row = this.#db.prepare<[string], DreamRow>(`SELECT ${columns} FROM dreams WHERE id = ?`).get(id);
    return row === undefined ? null : dreamOf(row);
  }

  /** The latest first; null: of every store. */
  list(store: string | null): Dream[] {
    return this.#db
      .prepare<[string | null, string | null], DreamRow>(
        `SELECT ${columns} FROM dreams WHERE ? IS NULL OR store = ? ORDER BY number DESC`,
      )
      .all(store, store)
      .map(dreamOf);
  }

  /** Of a store, those that wait for review. */
  staged(store: string): Dream[] {
    return this.list(store).filter(waitsForReview);
  }

  edits(id: string): Edit[] {
    return this.#db
      .prepare<[string], string>(
        'SELECT edit FROM edits WHERE dream = (SELECT number FROM dreams WHERE id = ?) ORDER BY n',
      )
      .pluck()
      .all(id)
      .map((text) => JSON.parse(text) as Edit);
  }

  /** How many edits of a dream are in each state. */
  counts(id: string): Partial<Record<EditState, number>> {
    const rows = this.#db
      .prepare<[string], { state: EditState; count: number }>(
        `SELECT json_extract(edit, '$.state') AS state, count(*) AS count FROM edits
         WHERE dream = (SELECT number FROM dreams WHERE id = ?) GROUP BY state`,
      )
      .all(id);
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  /** Returns how many times it has begun. */
  begin(id: string, time: string): number {
    return this.#db
      .prepare<[string, string], number>(
        `UPDATE dreams SET status = 'running', started_at = coalesce(started_at, ?), attempts = attempts + 1
         WHERE id = ? RETURNING attempts`,
      )
      .pluck()
      .get(time, id)!;
  }

  /** It waits for review, or there was nothing to do. */
  finish(id: string, outcome: Outcome, time: string): void {
    const { number } = this.#row(id);
    const { base, branch, usage, remarks, removedBytes } = outcome;
    this.together(() => {
      this.#db
        .prepare(
          `UPDATE dreams SET status = ?, base = ?, branch = ?, usage = ?, remarks = ?, removed_bytes = ?, memories = ?,
             first_time = ?, last_time = ?, ended_at = ?
           WHERE number = ?`,
        )
        .run(
          branch === null ? 'nothing_to_do' : 'staged',
          base,
          branch,
          usage === null ? null : JSON.stringify(usage),
          JSON.stringify(remarks),
          removedBytes,
          outcome.memories,
          outcome.firstTime,
          outcome.lastTime,
          time,
          number,
        );
      this.setEdits(id, outcome.edits);
      const note = this.#db.prepare('REPLACE INTO dream_sessions VALUES (?, ?, ?)');
      for (const session of outcome.sessions) note.run(number, session.id, session.events);
      this.#db.prepare('DELETE FROM saved_states WHERE dream = ?').run(number);
    });
  }

  fail(id: string, status: 'failed' | 'canceled', error: Dream['error'], time: string): void {
    this.#db
      .prepare('UPDATE dreams SET status = ?, error = ?, ended_at = ? WHERE id = ?')
      .run(status, error === null ? null : JSON.stringify(error), time, id);
    this.#db
      .prepare('DELETE FROM saved_states WHERE dream = (SELECT number FROM dreams WHERE id = ?)')
      .run(id);
  }

  setStatus(id: string, status: DreamStatus): void {
    this.#db.prepare('UPDATE dreams SET status = ? WHERE id = ?').run(status, id);
  }

  /** There is nothing to review any more. */
  forgetBranch(id: string): void {
    this.#db.prepare('UPDATE dreams SET branch = NULL WHERE id = ?').run(id);
  }

  setEdits(id: string, edits: readonly Edit[]): void {
    const { number } = this.#row(id);
    const put = this.#db.prepare('REPLACE INTO edits VALUES (?, ?, ?)');
    this.together(() => {
      for (const edit of edits) put.run(number, edit.n, JSON.stringify(edit));
    });
  }

  together<T>(work: () => T): T {
    return this.#db.transaction(work)();
  }

  saved(id: string): unknown {
    const text = this.#db
      .prepare<[string], string>(
        'SELECT state FROM saved_states WHERE dream = (SELECT number FROM dreams WHERE id = ?)',
      )
      .pluck()
      .get(id);
    return text === undefined ? null : (JSON.parse(text) as unknown);
  }

  save(id: string, state: unknown): void {
    this.#db
      .prepare('REPLACE INTO saved_states SELECT number, ? FROM dreams WHERE id = ?')
      .run(JSON.stringify(state), id);
  }

  /**
   * How many events of each session earlier dreams of the store have seen. `anew`: one of a schedule that still waits
   * for review does not count, as the next one takes its place.
   */
  seenSessions(store: string, anew: boolean): ReadonlyMap<string, number> {
    const rows = this.#db
      .prepare<[string, number], { session: string; events: number }>(
        `SELECT session, max(events) AS events FROM dream_sessions JOIN dreams ON number = dream
         WHERE store = ? AND status NOT IN ${notDreamt}
           AND NOT (? AND status = 'staged' AND json_extract(request, '$.schedule') IS NOT NULL) GROUP BY session`,
      )
      .all(store, anew ? 1 : 0);
    return new Map(rows.map(({ session, events }) => [session, events]));
  }

  reject(store: string, fingerprints: readonly string[], time: string): void {
    const put = this.#db.prepare('INSERT OR IGNORE INTO rejections VALUES (?, ?, ?)');
    this.together(() => {
      for (const fingerprint of fingerprints) put.run(store, fingerprint, time);
    });
  }

  rejected(store: string): ReadonlySet<string> {
    return new Set(
      this.#db
        .prepare<[string], string>('SELECT fingerprint FROM rejections WHERE store = ?')
        .pluck()
        .all(store),
    );
  }

  /** Changes the edits of dreams, of one store or (null) of all, and leaves nothing behind of what they held. */
  rewrite(store: string | null, change: (edit: Edit) => Edit): void {
    const rows = this.#db
      .prepare<[string | null, string | null], { dream: number; n: number; edit: string }>(
        'SELECT dream, n, edit FROM edits JOIN dreams ON number = dream WHERE ? IS NULL OR store = ?',
      )
      .all(store, store);
    const put = this.#db.prepare('UPDATE edits SET edit = ? WHERE dream = ? AND n = ?');
    let changed = 0;
    this.together(() => {
      for (const { dream, n, edit } of rows) {
        const text = JSON.stringify(change(JSON.parse(edit) as Edit));
        if (text !== edit) changed += put.run(text, dream, n).changes;
      }
    });
    if (changed > 0) this.wipe();
  }

  /** The same for what is kept beside the edits of a store's dreams: what was written, and remarks. */
  rewriteTexts(store: string, change: (text: string) => string): void {
    this.together(() => {
      this.writings.rewrite(store, change);
      const put = this.#db.prepare('UPDATE dreams SET remarks = ? WHERE id = ?');
      for (const { id, remarks } of this.list(store)) {
        const clean = remarks.map(change);
        if (clean.some((remark, at) => remark !== remarks[at])) put.run(JSON.stringify(clean), id);
      }
    });
    this.wipe();
  }

  /** On another branch; null: there is nothing left to review. */
  restaged(id: string, { branch, base, edits }: Pick<Outcome, 'branch' | 'base' | 'edits'>): void {
    const isApplied = edits.some(({ state }) => state === 'applied');
    const status = branch !== null ? 'staged' : isApplied ? 'partly_applied' : 'rejected';
    this.together(() => {
      this.setEdits(id, edits);
      this.#db
        .prepare('UPDATE dreams SET branch = ?, base = ?, status = ? WHERE id = ?')
        .run(branch, base, status, id);
    });
  }

  /** Whether its owner has agreed, for this dream or an earlier one. */
  mayUpload(store: string, host: string): boolean {
    return (
      this.#db.prepare('SELECT 1 FROM uploads WHERE store = ? AND host = ?').pluck().get(store, host) !==
      undefined
    );
  }

  allowUpload(store: string, host: string, time: string): void {
    this.#db.prepare('INSERT OR IGNORE INTO uploads VALUES (?, ?, ?)').run(store, host, time);
  }

  /** With its store: nothing of it stays in the files of the database. */
  deleteStore(store: string): void {
    this.together(() => {
      this.#db.prepare('DELETE FROM dreams WHERE store = ?').run(store);
      this.#db.prepare('DELETE FROM rejections WHERE store = ?').run(store);
      this.#db.prepare('DELETE FROM uploads WHERE store = ?').run(store);
      this.#db.prepare('DELETE FROM schedules WHERE store = ?').run(store);
    });
    this.wipe();
  }

  /** What was deleted is in no file of the database any more. */
  wipe(): void {
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
  }

  #row(reference: string): DreamRow {
    const rows = this.#db
      .prepare<[{ reference: string }], DreamRow>(
        `SELECT ${columns} FROM dreams WHERE substr(id, 1, length(@reference)) = @reference
         ORDER BY number DESC LIMIT 2`,
      )
      .all({ reference });
    const [row, another] = rows;
    if (row === undefined || reference === '')
      throw new MemfsError('not_found', `there is no dream "${reference}"`, { hint: 'memfsd dream list' });
    if (another !== undefined && row.id !== reference)
      throw new MemfsError('invalid', `"${reference}" is the beginning of several ids, such as ${row.id}`, {
        hint: 'give more of it; memfsd dream list',
      });
    return row;
  }
}

const dreamOf = ({ number: _, request, error, usage, remarks, ...rest }: DreamRow): Dream => ({
  ...rest,
  request: JSON.parse(request) as DreamRequest,
  error: error === null ? null : (JSON.parse(error) as Dream['error']),
  usage: usage === null ? null : (JSON.parse(usage) as Dream['usage']),
  remarks: JSON.parse(remarks) as string[],
});
