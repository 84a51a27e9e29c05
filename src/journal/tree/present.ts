/** The present of a store and the reads of its sessions, on a read-only connection of its own. */

import { SegmentStore, segmentBytes } from '../contents/segments.js';
import { openDatabase, type SqliteDatabase } from '../database.js';
import { decodeNumbers } from '../number-list.js';

const main = 1;
const rootIno = 1;

export interface PresentMemory {
  /** `/`-rooted raw bytes; of several names the first. */
  readonly path: Buffer;
  readonly mode: number;
  /** Of the file. */
  readonly mtimeMs: number;
  /** The record of its newest version. */
  readonly seq: number;
  readonly timeMs: number;
  /** Of its first version. */
  readonly createdMs: number;
  readonly agent: string;
  readonly session: string;
  readonly content: number;
  readonly sha256: Buffer;
  readonly size: number;
}

export interface PastRead {
  readonly session: string;
  readonly path: Buffer;
  readonly content: number;
  readonly timeMs: number;
}

type MemoryRow = Omit<PresentMemory, 'path'> & { readonly ino: number };

export class PresentState {
  readonly #database: SqliteDatabase;
  readonly #segments: SegmentStore;

  /** One snapshot for all questions: the store may be written to meanwhile. Close it soon, it holds up the WAL. */
  constructor(path: string) {
    this.#database = openDatabase(path, { readOnly: true });
    this.#database.exec('BEGIN');
    this.#segments = new SegmentStore(this.#database);
  }

  close(): void {
    this.#database.close();
  }

  /** The newest record; 0: there is none. */
  get head(): number {
    return this.#database.prepare<[], number>('SELECT coalesce(max(seq), 0) FROM records').pluck().get()!;
  }

  /** The memories of the branch `main` whose content was not removed. */
  *memories(): Generator<PresentMemory> {
    const known = new Map(this.#memoryRows().map((row) => [row.ino, row]));
    const names = this.#database.prepare<
      [number, number],
      { name: Buffer; ino: number; memory: number | null }
    >(
      `SELECT name, ino, memory FROM entries
       WHERE branch = ? AND parent = ? AND to_seq IS NULL AND from_seq IS NOT NULL ORDER BY name`,
    );
    const waiting = [{ ino: rootIno, path: Buffer.alloc(0) }];
    for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop())
      for (const { name, ino, memory } of names.all(main, directory.ino)) {
        const path = Buffer.concat([directory.path, Buffer.from('/'), name]);
        const row = known.get(ino);
        if (memory === null) waiting.push({ ino, path });
        else if (row !== undefined) {
          known.delete(ino);
          const { ino: _, ...facts } = row;
          yield { path, ...facts };
        }
      }
  }

  #memoryRows(): MemoryRow[] {
    return this.#database
      .prepare<[number], MemoryRow>(
        `SELECT i.ino, i.mode, i.mtime_sec * 1000 + i.mtime_nsec / 1000000 AS mtimeMs, r.seq, r.time_ms AS timeMs,
           (SELECT time_ms FROM records WHERE memory = i.memory ORDER BY seq LIMIT 1) AS createdMs,
           a.agent, a.session, c.id AS content, c.sha256, c.size
         FROM inodes i JOIN records r ON r.seq = i.version JOIN actors a ON a.id = r.actor
           JOIN contents c ON c.id = r.content
         WHERE i.branch = ? AND i.memory IS NOT NULL`,
      )
      .all(main);
  }

  bytes(content: number): Buffer {
    const { size, segments } = this.#database
      .prepare<[number], { size: number; segments: Buffer }>(
        'SELECT size, segments FROM contents WHERE id = ?',
      )
      .get(content)!;
    const list = decodeNumbers(segments);
    const pieces: Buffer[] = [];
    for (let offset = 0; offset < size; offset += segmentBytes)
      pieces.push(
        this.#segments.read(list[offset / segmentBytes] ?? 0, 0, Math.min(segmentBytes, size - offset)),
      );
    return Buffer.concat(pieces);
  }

  /** Those that have read or changed something here. */
  sessions(): Set<string> {
    return new Set(
      this.#database
        .prepare<[], string>(
          `SELECT DISTINCT session FROM reads
           UNION SELECT session FROM actors WHERE id IN (SELECT DISTINCT actor FROM records)`,
        )
        .pluck()
        .all(),
    );
  }

  /** Versions that a session has read and that still have their content. */
  readsOf(session: string): PastRead[] {
    return this.#database
      .prepare<[string], PastRead>(
        `SELECT d.session, r.path, r.content, d.time_ms AS timeMs FROM reads d JOIN records r ON r.seq = d.seq
         WHERE d.session = ? AND r.content IS NOT NULL AND r.path IS NOT NULL`,
      )
      .all(session);
  }
}
