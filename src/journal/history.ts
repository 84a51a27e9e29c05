import type { SqliteDatabase, Statement } from './database.js';
import { type RecordRow, recordColumns } from './records.js';

export interface RecordFilter {
  readonly after: number;
  readonly limit: number;
  readonly reverse: boolean;
  /** Only records of these memories. */
  readonly memories?: readonly number[];
  /** Only records at this path (raw bytes) or below it. */
  readonly path?: Buffer;
}

/** Reads the journal. Pages, not cursors: an open cursor would keep the connection from writing. */
export class History {
  readonly #database: SqliteDatabase;
  readonly #byTime: Statement;
  readonly #ofMemoryAt: Statement;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#byTime = database
      .prepare('SELECT seq FROM records WHERE time_ms <= ? ORDER BY seq DESC LIMIT 1')
      .pluck();
    this.#ofMemoryAt = database.prepare(
      `SELECT ${recordColumns} WHERE r.memory = ? AND r.seq <= ? AND r.content IS NOT NULL ORDER BY r.seq DESC LIMIT 1`,
    );
  }

  /** The newest record at or before a time; 0 when there is none. */
  seqAt(timeMs: number): number {
    return (this.#byTime.get(timeMs) as number | undefined) ?? 0;
  }

  /** The state of a memory after the record `seq`. */
  stateOf(memory: number, seq: number): RecordRow | undefined {
    return this.#ofMemoryAt.get(memory, seq) as RecordRow | undefined;
  }

  page(filter: RecordFilter): RecordRow[] {
    const conditions = [filter.reverse ? 'r.seq < ?' : 'r.seq > ?'];
    const values: unknown[] = [filter.after];
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
