import type { RetentionPolicy } from '../core/model.js';
import type { ContentId } from './contents.js';
import type { SqliteDatabase, Statement } from './database.js';
import { operations } from './records.js';

const dayMs = 86_400_000;

interface Version {
  readonly seq: number;
  readonly memory: number;
}

/** Finds contents that a policy does not keep. The newest version of a living memory is always kept. */
export class Expiry {
  readonly #policy: RetentionPolicy;
  readonly #cutoffMs: number;
  readonly #page: Statement;
  readonly #versions: Statement;
  readonly #replaced: Statement;
  readonly #newer: Statement;
  #after = 0;

  constructor(database: SqliteDatabase, policy: RetentionPolicy, nowMs: number) {
    this.#policy = policy;
    this.#cutoffMs = policy.keepDays === null ? Infinity : nowMs - policy.keepDays * dayMs;
    this.#page = database.prepare(
      'SELECT seq, content FROM records WHERE content IS NOT NULL AND seq > ? ORDER BY seq LIMIT ?',
    );
    this.#versions = database.prepare('SELECT seq, memory FROM records WHERE content = ? ORDER BY seq');
    this.#replaced = database
      .prepare(
        `SELECT time_ms FROM records WHERE memory = ? AND seq > ?
           AND (content IS NOT NULL OR removed_by IS NOT NULL OR operation = ${operations.indexOf('deleted')})
           ORDER BY seq LIMIT 1`,
      )
      .pluck();
    this.#newer = database
      .prepare(
        `SELECT count(*) FROM (SELECT 1 FROM records WHERE memory = ? AND seq > ? AND content IS NOT NULL LIMIT ?)`,
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

  #mayGo({ seq, memory }: Version): boolean {
    const replacedMs = this.#replaced.get(memory, seq) as number | undefined;
    if (replacedMs === undefined || replacedMs >= this.#cutoffMs) return false;
    const { keepVersions } = this.#policy;
    return keepVersions === null || (this.#newer.get(memory, seq, keepVersions) as number) >= keepVersions;
  }
}
