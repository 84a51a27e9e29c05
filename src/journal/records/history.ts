import { type Branch, ofLine, tellsOf } from '../branches/branches.js';
import type { ContentId } from '../contents/contents.js';
import type { SqliteDatabase, Statement } from '../database.js';
import { operations, type RecordRow, recordColumns } from './records.js';

/** Codes of the operations that leave a memory in a new state, its end included. */
const stateOperations: ReadonlySet<number> = new Set(
  (['created', 'modified', 'merged', 'deleted', 'renamed'] as const).map((name) => operations.indexOf(name)),
);
const deleted = operations.indexOf('deleted');

export interface RecordFilter {
  readonly after: number;
  readonly limit: number;
  readonly reverse: boolean;
  /** Only what the branch tells, or what happened on it alone; absent: records of all branches. */
  readonly line?: boolean;
  readonly own?: boolean;
  /** Only records of these memories. */
  readonly memories?: readonly number[];
  /** Only records at this path (raw bytes) or below it. */
  readonly path?: Buffer;
}

export interface StateContent {
  readonly seq: number;
  readonly content: ContentId;
}

/** The author of a record, with time and place. */
export type Authorship = Pick<
  RecordRow,
  'seq' | 'time_ms' | 'operation' | 'claimed' | 'path' | 'previous_path' | 'agent' | 'session'
>;

/** Reads the journal; of memories, what one branch tells. Pages, not cursors: an open cursor would keep the connection from writing. */
export class History {
  readonly #database: SqliteDatabase;
  readonly #branch: Branch;
  readonly #line: string;
  readonly #timeFrom: Statement;
  readonly #newest: Statement;
  readonly #newestTime: Statement;
  readonly #head: Statement;
  readonly #lastState: Statement;
  readonly #contents: Statement;
  readonly #authorship: Statement;
  readonly #ofMemoryAt: Statement;

  constructor(database: SqliteDatabase, branch: Branch) {
    this.#database = database;
    this.#branch = branch;
    this.#line = ofLine(branch, 'r.');
    const line = this.#line;
    this.#timeFrom = database.prepare('SELECT seq, time_ms FROM records WHERE seq >= ? ORDER BY seq LIMIT 1');
    this.#newest = database.prepare('SELECT max(seq) FROM records').pluck();
    this.#newestTime = database.prepare('SELECT time_ms FROM records ORDER BY seq DESC LIMIT 1').pluck();
    this.#head = database
      .prepare(`SELECT seq FROM records r WHERE ${tellsOf(branch, 'r.')} ORDER BY seq DESC LIMIT 1`)
      .pluck();
    this.#lastState = database.prepare(
      `SELECT seq, operation FROM records r WHERE memory = ? AND operation IN (${[...stateOperations].join(', ')})
         AND ${line} ORDER BY seq DESC LIMIT 1`,
    );
    this.#contents = database.prepare(
      `SELECT seq, content FROM records r WHERE memory = ? AND seq > ? AND content IS NOT NULL AND ${line}
         ORDER BY seq LIMIT ?`,
    );
    this.#authorship = database.prepare(
      `SELECT r.seq, r.time_ms, r.operation, r.claimed, r.path, r.previous_path, a.agent, a.session
         FROM records r JOIN actors a ON a.id = r.actor WHERE r.seq = ?`,
    );
    this.#ofMemoryAt = database.prepare(
      `SELECT ${recordColumns} WHERE r.memory = ? AND r.seq <= ?
         AND (r.content IS NOT NULL OR r.removed_by IS NOT NULL) AND ${line} ORDER BY r.seq DESC LIMIT 1`,
    );
  }

  /**
   * The newest record at or before a time; 0 when there is none. Times grow with the sequence numbers; where the
   * clock was set back, it is the last record before one of the moments that the time named.
   */
  seqAt(timeMs: number): number {
    let low = 0;
    let high = (this.#newest.get() as number | null) ?? 0;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const record = this.#timeFrom.get(middle) as { seq: number; time_ms: number };
      if (record.time_ms <= timeMs) low = record.seq;
      else high = middle - 1;
    }
    return low;
  }

  /** The newest record that the branch tells of, 0 for none. */
  head(): number {
    return (this.#head.get() as number | undefined) ?? 0;
  }

  /** Milliseconds since the epoch; 0 for an empty journal. */
  newestTime(): number {
    return (this.#newestTime.get() as number | undefined) ?? 0;
  }

  /** The record that ended a memory which is no more; null for a living one. */
  endOf(memory: number): number | null {
    const last = this.#lastState.get(memory) as { seq: number; operation: number } | undefined;
    return last?.operation === deleted ? last.seq : null;
  }

  /** Every state of some memories, its end included, the oldest first. */
  statesOf(memories: readonly number[], after: number, limit: number): RecordRow[] {
    return this.#database
      .prepare(
        `SELECT ${recordColumns} WHERE r.memory IN (${memories.map(() => '?').join(', ')})
           AND r.operation IN (${[...stateOperations].join(', ')}) AND r.seq > ? AND ${this.#line} ORDER BY r.seq LIMIT ?`,
      )
      .all(...memories, after, limit) as RecordRow[];
  }

  /** The contents that a memory had after its records, the oldest first. */
  contentsOf(memory: number, after: number, limit: number): StateContent[] {
    return this.#contents.all(memory, after, limit) as StateContent[];
  }

  authorship(seq: number): Authorship | undefined {
    return this.#authorship.get(seq) as Authorship | undefined;
  }

  /** The state of a memory after the record `seq`; its content may have been removed since. */
  stateOf(memory: number, seq: number): RecordRow | undefined {
    return this.#ofMemoryAt.get(memory, seq) as RecordRow | undefined;
  }

  page(filter: RecordFilter): RecordRow[] {
    const conditions = [filter.reverse ? 'r.seq < ?' : 'r.seq > ?'];
    const values: unknown[] = [filter.after];
    if (filter.line === true) conditions.push(tellsOf(this.#branch, 'r.'));
    if (filter.own === true) conditions.push(`r.branch = ${this.#branch.id}`);
    const places: string[] = [];
    if (filter.memories !== undefined && filter.memories.length > 0) {
      places.push(`r.memory IN (${filter.memories.map(() => '?').join(', ')})`);
      values.push(...filter.memories);
    }
    if (filter.path !== undefined) {
      const below = Buffer.concat([filter.path, Buffer.from('/')]);
      const behind = Buffer.concat([filter.path, Buffer.from('0')]);
      places.push('r.path = ?', '(r.path >= ? AND r.path < ?)', 'r.previous_path = ?');
      values.push(filter.path, below, behind, filter.path);
    }
    if (places.length > 0) conditions.push(`(${places.join(' OR ')})`);
    values.push(filter.limit);
    const order = filter.reverse ? 'DESC' : 'ASC';
    const sql = `SELECT ${recordColumns} WHERE ${conditions.join(' AND ')} ORDER BY r.seq ${order} LIMIT ?`;
    return this.#database.prepare(sql).all(...values) as RecordRow[];
  }
}
