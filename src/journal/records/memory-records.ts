import { type Branch, ofLine } from '../branches/branches.js';
import type { ContentId } from '../contents/contents.js';
import type { SqliteDatabase, Statement } from '../database.js';

/** The records of memories on one branch's line of the journal. */
export class MemoryRecords {
  readonly #newestOf: Statement;
  readonly #newestWith: Statement;
  readonly #changedByOthers: Statement;
  readonly #throughMount: Statement;

  constructor(database: SqliteDatabase, branch: Branch) {
    const line = ofLine(branch);
    this.#newestOf = database
      .prepare(`SELECT seq FROM records WHERE memory = ? AND ${line} ORDER BY seq DESC LIMIT 1`)
      .pluck();
    this.#newestWith = database
      .prepare(
        `SELECT seq FROM records WHERE memory = ? AND content = ? AND ${line} ORDER BY seq DESC LIMIT 1`,
      )
      .pluck();
    this.#throughMount = database
      .prepare('SELECT 1 FROM records WHERE memory = ? AND mount = ? LIMIT 1')
      .pluck();
    this.#changedByOthers = database
      .prepare(
        `SELECT 1 FROM records r JOIN actors a ON a.id = r.actor
           WHERE r.memory = ? AND r.seq > ? AND (r.content IS NOT NULL OR r.removed_by IS NOT NULL)
             AND ${ofLine(branch, 'r.')} AND a.session <> ? LIMIT 1`,
      )
      .pluck();
  }

  /** The last record about a memory. */
  newestOf(memory: number): number {
    return this.#newestOf.get(memory) as number;
  }

  /** Whether a mount has made a version of the memory. */
  hasVersionThrough(memory: number, mount: number): boolean {
    return this.#throughMount.get(memory, mount) !== undefined;
  }

  /** The last record that gave a memory this content. */
  newestWith(memory: number, content: ContentId | null): number | null {
    return (this.#newestWith.get(memory, content) as number | undefined) ?? null;
  }

  /** Whether a session other than this one has made a version of the memory after the record `seq`. */
  changedByOthers(memory: number, seq: number, session: string): boolean {
    return this.#changedByOthers.get(memory, seq, session) !== undefined;
  }
}
