import type { Actor } from '../../core/model.js';
import type { Branch } from '../branches/branches.js';
import type { ContentId } from '../contents/contents.js';
import type { SqliteDatabase, Statement } from '../database.js';

/** A refusal of a write. Contents are kept: nothing that was written is lost by being refused. */
export interface NewRefusal {
  readonly timeMs: number;
  readonly mount: number;
  readonly actor: Actor;
  /** The call: `open`, `write`, `close`, `truncate`, `unlink`, `rename`. */
  readonly operation: string;
  /** An error code of memfsd: `conflict`, `not_permitted`. */
  readonly code: string;
  /** One sentence for a person. */
  readonly cause: string;
  readonly path: Uint8Array;
  readonly ino: number;
  readonly memory: number | null;
  /** Records of what the writer knew and of what is there now. */
  readonly baseSeq: number | null;
  readonly headSeq: number | null;
  readonly base: ContentId | null;
  /** The content that was to be written; null when it was refused before there was any (at open). */
  readonly mine: ContentId | null;
  readonly theirs: ContentId | null;
}

export interface RefusalRow {
  readonly id: number;
  readonly time_ms: number;
  readonly mount: number;
  readonly agent: string;
  readonly session: string;
  readonly operation: string;
  readonly code: string;
  readonly cause: string;
  readonly path: Buffer;
  readonly ino: number;
  readonly memory: number | null;
  /** The number of a conflict: `.memfs/conflicts/<path>/<number>/`. */
  readonly number: number | null;
  readonly base_seq: number | null;
  readonly head_seq: number | null;
  readonly base: ContentId | null;
  readonly mine: ContentId | null;
  readonly theirs: ContentId | null;
  readonly resolved_ms: number | null;
  /** `mine`, `theirs` or `merged`. */
  readonly resolution: string | null;
}

export interface RefusalFilter {
  /** Only those after this id. */
  readonly after?: number;
  readonly limit: number;
  readonly conflictsOnly?: boolean;
  /** At this path. */
  readonly path?: Uint8Array;
}

/** The refusals of a branch: conflicts with their three contents, and writes that a policy did not let through. */
export class RefusalTable {
  readonly #branch: number;
  readonly #insert: Statement;
  readonly #same: Statement;
  readonly #nextNumber: Statement;
  readonly #list: Statement;
  readonly #find: Statement;
  readonly #newest: Statement;
  readonly #resolve: Statement;
  readonly #resolveAll: Statement;
  readonly #forgetContent: Statement;
  readonly #unresolved: Statement;

  constructor(database: SqliteDatabase, branch: Branch) {
    this.#branch = branch.id;
    this.#insert = database.prepare(
      `INSERT INTO refusals (branch, time_ms, mount, agent, session, operation, code, cause, path, ino, memory, number,
         base_seq, head_seq, base, mine, theirs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#same = database
      .prepare(
        `SELECT number FROM refusals WHERE branch = ? AND path = ? AND number IS NOT NULL AND session = ? AND ino = ?
           AND base_seq IS ? AND head_seq IS ? AND mine IS ? AND resolved_ms IS NULL`,
      )
      .pluck();
    this.#nextNumber = database
      .prepare(
        'SELECT ifnull(max(number), 0) + 1 FROM refusals WHERE branch = ? AND path = ? AND number IS NOT NULL',
      )
      .pluck();
    this.#list = database.prepare(
      `SELECT * FROM refusals WHERE branch = @branch AND id > @after AND (@conflictsOnly = 0 OR number IS NOT NULL)
         AND (@path IS NULL OR path = @path) ORDER BY id LIMIT @limit`,
    );
    this.#find = database.prepare('SELECT * FROM refusals WHERE branch = ? AND path = ? AND number = ?');
    this.#newest = database.prepare(
      'SELECT id, time_ms FROM refusals WHERE branch = ? ORDER BY id DESC LIMIT 1',
    );
    this.#resolve = database.prepare('UPDATE refusals SET resolved_ms = ?, resolution = ? WHERE id = ?');
    this.#resolveAll = database.prepare(
      'UPDATE refusals SET resolved_ms = ?, resolution = ? WHERE branch = ? AND resolved_ms IS NULL',
    );
    const open = 'FROM refusals WHERE resolved_ms IS NULL';
    this.#unresolved = database
      .prepare(`SELECT base ${open} UNION SELECT mine ${open} UNION SELECT theirs ${open}`)
      .pluck();
    this.#forgetContent = database.prepare(
      `UPDATE refusals SET base = nullif(base, @id), mine = nullif(mine, @id), theirs = nullif(theirs, @id)
         WHERE @id IN (base, mine, theirs)`,
    );
  }

  /** Returns its number. The same refusal again (the kernel repeats what answered ESTALE) is one conflict. */
  addConflict(refusal: NewRefusal): number {
    const { path, actor, ino, baseSeq, headSeq, mine } = refusal;
    const same = this.#same.get(this.#branch, path, actor.session, ino, baseSeq, headSeq, mine) as
      | number
      | undefined;
    if (same !== undefined) return same;
    const number = this.#nextNumber.get(this.#branch, path) as number;
    this.#add(refusal, number);
    return number;
  }

  add(refusal: NewRefusal): void {
    this.#add(refusal, null);
  }

  #add(refusal: NewRefusal, number: number | null): void {
    const { timeMs, mount, actor, operation, code, cause, path, ino, memory } = refusal;
    const { baseSeq, headSeq, base, mine, theirs } = refusal;
    const { agent, session } = actor;
    const what = [operation, code, cause, path, ino, memory, number];
    this.#insert.run(
      this.#branch,
      timeMs,
      mount,
      agent,
      session,
      ...what,
      baseSeq,
      headSeq,
      base,
      mine,
      theirs,
    );
  }

  /** Oldest first. */
  list({ after = 0, limit, conflictsOnly = false, path = undefined }: RefusalFilter): RefusalRow[] {
    const branch = this.#branch;
    const filter = { branch, after, limit, conflictsOnly: conflictsOnly ? 1 : 0, path: path ?? null };
    return this.#list.all(filter) as RefusalRow[];
  }

  find(path: Uint8Array, number: number): RefusalRow | undefined {
    return this.#find.get(this.#branch, path, number) as RefusalRow | undefined;
  }

  newest(): Pick<RefusalRow, 'id' | 'time_ms'> | undefined {
    return this.#newest.get(this.#branch) as Pick<RefusalRow, 'id' | 'time_ms'> | undefined;
  }

  /** The contents kept by unresolved conflicts of all branches. */
  unresolvedContents(): ContentId[] {
    return this.#unresolved.all() as ContentId[];
  }

  /** The content was removed for good. Returns how many refusals of any branch kept it. */
  forgetContent(id: ContentId): number {
    return this.#forgetContent.run({ id }).changes;
  }

  /** The branch is given up, and with it what was refused there. */
  resolveAll(timeMs: number, resolution: string): void {
    this.#resolveAll.run(timeMs, resolution, this.#branch);
  }

  resolve(id: number, timeMs: number, resolution: string): void {
    this.#resolve.run(timeMs, resolution, id);
  }
}
