/** The dreams of a data directory: what was asked for, what came of it, what was decided. */
import { MemfsError } from '../../core/errors.js';
import { type Dream, type DreamRequest, type DreamStatus, isUnderWay, waitsForReview } from '../dream.js';
import type { Edit } from '../edit.js';
import { settled } from '../review/settled.js';
import { type DreamDatabase, openDreamDatabase } from './dream-database.js';
import { type DreamRow, dreamOf, rowOf, selectDreams } from './dream-rows.js';
import { KeptEdits } from './kept-edits.js';
import { Rejections } from './rejections.js';
import { SavedStates } from './saved-states.js';
import { Schedules } from './schedules.js';
import { type SeenSession, SeenSessions } from './seen-sessions.js';
import { UnseenRecord } from './unseen-record.js';
import { Uploads } from './uploads.js';
import { type KeptWriting, Writings } from './writings.js';

/** How a dream ended that did not fail. */
export interface Outcome {
  /** The newest record of the store when it was read. */
  readonly base: number;
  /** Null: there is nothing to review. */
  readonly branch: string | null;
  /** The refused ones among them. */
  readonly edits: readonly Edit[];
  /** Null: no model was asked. */
  readonly usage: Dream['usage'];
  readonly remarks: readonly string[];
  readonly sessions: readonly SeenSession[];
  readonly removedBytes: number;
  readonly memories: number;
  /** RFC 3339: of the sessions. */
  readonly firstTime: string | null;
  readonly lastTime: string | null;
}

/** In ms, for threads; the loop that answers the kernel waits less. */
const patientMs = 10_000;

export class Dreams {
  readonly edits: KeptEdits;
  readonly rejections: Rejections;
  readonly savedStates: SavedStates;
  readonly schedules: Schedules;
  readonly seenSessions: SeenSessions;
  readonly unseen: UnseenRecord;
  readonly uploads: Uploads;
  readonly writings: Writings;
  readonly #db: DreamDatabase;

  /** `lockWaitMs`: the longest time for which a write waits for another one's. */
  constructor(path: string, lockWaitMs = patientMs) {
    this.#db = openDreamDatabase(path, lockWaitMs);
    this.edits = new KeptEdits(this.#db);
    this.rejections = new Rejections(this.#db);
    this.savedStates = new SavedStates(this.#db);
    this.schedules = new Schedules(this.#db);
    this.seenSessions = new SeenSessions(this.#db);
    this.unseen = new UnseenRecord(this.#db);
    this.uploads = new Uploads(this.#db);
    this.writings = new Writings(this.#db);
  }

  /** From now on nothing is written. */
  freeze(): void {
    this.#db.pragma('query_only = ON');
  }

  close(): void {
    this.#db.close();
  }

  /** Throws `busy` while another dream of the store is under way. */
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
        `INSERT INTO dreams (id, store, status, request, asked_by, created_at)
         VALUES (?, ?, 'pending', ?, ?, ?)`,
      )
      .run(id, store, JSON.stringify(request), asked_by, created_at);
    return this.get(id);
  }

  /** By id, or by the beginning of one. Throws `not_found`, or `invalid` where several begin so. */
  get(reference: string): Dream {
    return dreamOf(rowOf(this.#db, reference));
  }

  /** By its whole id; null: there is none. */
  find(id: string): Dream | null {
    const row = this.#db.prepare<[string], DreamRow>(selectDreams('WHERE id = ?')).get(id);
    return row === undefined ? null : dreamOf(row);
  }

  /** The latest first; null: of every store. */
  list(store: string | null): Dream[] {
    return this.#db
      .prepare<[string | null, string | null], DreamRow>(
        selectDreams('WHERE ? IS NULL OR store = ? ORDER BY number DESC'),
      )
      .all(store, store)
      .map(dreamOf);
  }

  /** The dreams of a store that wait for review. */
  staged(store: string): Dream[] {
    return this.list(store).filter(waitsForReview);
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

  /** Ends a dream that did not fail: it waits for review, or there was nothing to do. */
  finish(id: string, outcome: Outcome, time: string): void {
    const { number } = rowOf(this.#db, id);
    const { base, branch, usage, remarks, removedBytes } = outcome;
    this.together(() => {
      this.#db
        .prepare(
          `UPDATE dreams SET status = ?, base = ?, branch = ?, usage = ?, remarks = ?, removed_bytes = ?,
             memories = ?, first_time = ?, last_time = ?, ended_at = ?
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
      this.edits.put(id, outcome.edits);
      this.seenSessions.note(id, outcome.sessions);
      this.savedStates.forget(id);
    });
  }

  fail(id: string, status: 'failed' | 'canceled', error: Dream['error'], time: string): void {
    this.#db
      .prepare('UPDATE dreams SET status = ?, error = ?, ended_at = ? WHERE id = ?')
      .run(status, error === null ? null : JSON.stringify(error), time, id);
    this.savedStates.forget(id);
  }

  setStatus(id: string, status: DreamStatus): void {
    this.#db.prepare('UPDATE dreams SET status = ? WHERE id = ?').run(status, id);
  }

  /**
   * Ends a writing that was carried out but for `left`: path to reason. Returns the edits that it changed.
   */
  settle(writing: KeptWriting, left: ReadonlyMap<string, string>): Edit[] {
    const { dream } = writing;
    const { edits, status } = settled(writing, left);
    const before = new Map(this.edits.of(dream).map((edit) => [edit.n, edit.state]));
    this.together(() => {
      this.writings.end(writing);
      this.edits.put(dream, edits);
      this.setStatus(dream, status);
    });
    return edits.filter(({ n, state }) => before.get(n) !== state);
  }

  /** Forgets a branch that is not there any more. */
  forgetBranch(id: string): void {
    this.#db.prepare('UPDATE dreams SET branch = NULL WHERE id = ?').run(id);
  }

  /** Does the work in one transaction. */
  together<T>(work: () => T): T {
    return this.#db.transaction(work)();
  }

  /**
   * Changes the edits of one store's dreams or (null) of all, and leaves nothing behind of what they held.
   */
  rewrite(store: string | null, change: (edit: Edit) => Edit): void {
    if (this.edits.rewrite(store, change) > 0) this.wipe();
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

  /** Moves a dream to another branch; null: there is nothing left to review. */
  restaged(id: string, { branch, base, edits }: Pick<Outcome, 'branch' | 'base' | 'edits'>): void {
    const isApplied = edits.some(({ state }) => state === 'applied');
    const status = branch !== null ? 'staged' : isApplied ? 'partly_applied' : 'rejected';
    this.together(() => {
      this.edits.put(id, edits);
      this.#db
        .prepare('UPDATE dreams SET branch = ?, base = ?, status = ? WHERE id = ?')
        .run(branch, base, status, id);
    });
  }

  /** Deletes all that is kept of a store; nothing of it stays in the files of the database. */
  deleteStore(store: string): void {
    this.together(() => {
      this.#db.prepare('DELETE FROM dreams WHERE store = ?').run(store);
      this.#db.prepare('DELETE FROM rejections WHERE store = ?').run(store);
      this.#db.prepare('DELETE FROM uploads WHERE store = ?').run(store);
      this.#db.prepare('DELETE FROM schedules WHERE store = ?').run(store);
    });
    this.wipe();
  }

  /** Makes sure that nothing deleted stays in a file of the database. */
  wipe(): void {
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
  }
}
