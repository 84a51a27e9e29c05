import type { RetentionPolicy } from '../../core/model.js';
import { type BranchTable, mainBranch } from '../branches/branches.js';
import type { SqliteDatabase, Statement } from '../database.js';
import { operations } from '../records/records.js';
import type { ContentId } from './contents.js';

const dayMs = 86_400_000;

interface Version {
  readonly seq: number;
  readonly memory: number;
  readonly branch: number;
}

/** The record that ended a version on its branch: of another version, or the end of the memory or of the branch. */
interface Successor {
  readonly seq: number;
  readonly time_ms: number;
}

/**
 * Finds contents that a policy does not keep. The newest version of a living memory is always kept, and so is what was
 * the present one where a branch was forked that is still there.
 */
export class Expiry {
  readonly #branches: BranchTable;
  readonly #policy: RetentionPolicy;
  readonly #cutoffMs: number;
  readonly #page: Statement;
  readonly #versions: Statement;
  readonly #replaced: Statement;
  readonly #record: Statement;
  readonly #newer: Statement;
  #after = 0;

  constructor(database: SqliteDatabase, branches: BranchTable, policy: RetentionPolicy, nowMs: number) {
    this.#branches = branches;
    this.#policy = policy;
    this.#cutoffMs = policy.keepDays === null ? Infinity : nowMs - policy.keepDays * dayMs;
    this.#page = database.prepare(
      'SELECT seq, content FROM records WHERE content IS NOT NULL AND seq > ? ORDER BY seq LIMIT ?',
    );
    this.#versions = database.prepare(
      'SELECT seq, memory, branch FROM records WHERE content = ? ORDER BY seq',
    );
    this.#replaced = database.prepare(
      `SELECT seq, time_ms FROM records WHERE memory = ? AND seq > ? AND branch = ?
         AND (content IS NOT NULL OR removed_by IS NOT NULL OR operation = ${operations.indexOf('deleted')})
         ORDER BY seq LIMIT 1`,
    );
    this.#record = database.prepare('SELECT seq, time_ms FROM records WHERE seq = ?');
    this.#newer = database
      .prepare(
        `SELECT count(*) FROM (SELECT 1 FROM records
           WHERE memory = ? AND seq > ? AND branch = ? AND content IS NOT NULL LIMIT ?)`,
      )
      .pluck();
  }

  /** Among the next `limit` versions, the contents that are not kept; null when there are no more versions. */
  next(limit: number): ContentId[] | null {
    const page = this.#page.all(this.#after, limit) as { seq: number; content: ContentId }[];
    if (page.length === 0) return null;
    this.#after = page.at(-1)!.seq;
    // A content that several versions have is looked at with the first of them.
    return page
      .filter(({ seq, content }) => this.versionsOf(content)[0]!.seq === seq && this.isExpired(content))
      .map(({ content }) => content);
  }

  versionsOf(content: ContentId): Version[] {
    return this.#versions.all(content) as Version[];
  }

  /** Whether every version that has the content may go. */
  isExpired(content: ContentId): boolean {
    return this.versionsOf(content).every((version) => this.#mayGo(version));
  }

  #mayGo(version: Version): boolean {
    const { seq, memory, branch } = version;
    const next = this.#successor(version);
    if (next === undefined || next.time_ms >= this.#cutoffMs) return false;
    if (branch === mainBranch.id && this.#isBase(seq, next.seq)) return false;
    const { keepVersions } = this.#policy;
    if (keepVersions === null || this.#branches.droppedBy(branch) !== undefined) return true;
    return (this.#newer.get(memory, seq, branch, keepVersions) as number) >= keepVersions;
  }

  #successor({ seq, memory, branch }: Version): Successor | undefined {
    const next = this.#replaced.get(memory, seq, branch) as Successor | undefined;
    const dropped = this.#branches.droppedBy(branch);
    if (next !== undefined || dropped === undefined) return next;
    return this.#record.get(dropped) as Successor;
  }

  /** Whether a branch was forked while this was the present state. */
  #isBase(seq: number, replaced: number): boolean {
    return this.#branches.living.some(
      ({ forkSeq }) => forkSeq !== null && seq <= forkSeq && forkSeq < replaced,
    );
  }
}
