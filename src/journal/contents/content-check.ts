import { createHash, type Hash } from 'node:crypto';
import type { SqliteDatabase } from '../database.js';
import { decodeNumbers } from '../number-list.js';
import { equal } from '../records/record-check.js';
import { SegmentStore, type Segments, segmentBytes } from './segments.js';

export interface Problem {
  /** The first record that it concerns; null where none is to blame. */
  readonly seq: number | null;
  readonly problem: string;
}

interface ContentRow {
  readonly id: number;
  readonly sha256: Buffer;
  readonly size: number;
  readonly segments: Buffer;
}

/** Every content with a hash against it. Of several that are bad, the one that the oldest record refers to. */
export function checkContents(database: SqliteDatabase, checked: () => void): Problem | null {
  const hashes = new ContentHashes(new SegmentStore(database));
  const firstUse = database.prepare('SELECT min(seq) FROM records WHERE content = ?').pluck();
  let bad: Problem | null = null;
  const rows = database.prepare(
    'SELECT id, sha256, size, segments FROM contents WHERE sha256 IS NOT NULL ORDER BY id',
  );
  for (const row of rows.iterate()) {
    const { id, sha256, size, segments: list } = row as ContentRow;
    if (!equal(hashes.of(decodeNumbers(list), size), sha256)) {
      const seq = firstUse.get(id) as number | null;
      if (bad === null || (seq !== null && seq < (bad.seq ?? Infinity)))
        bad = { seq, problem: `content ${id} does not have its SHA-256` };
    }
    checked();
  }
  return bad;
}

/** So many contents may be continued by others that come later. */
const maxBegun = 1024;

interface Begun {
  readonly segments: Segments;
  readonly size: number;
  /** Of all bytes so far. */
  readonly hash: Hash;
}

/**
 * SHA-256 of contents in the order in which they were made. Bytes of a segment never change, so one that continues an earlier
 * content is hashed on from there: a file that grew by 100,000 appends costs what it weighs, not the sum of its versions.
 */
class ContentHashes {
  readonly #store: SegmentStore;
  /** By first segment; the one that was continued least recently comes first. */
  readonly #begun = new Map<number, Begun>();

  constructor(store: SegmentStore) {
    this.#store = store;
  }

  of(segments: Segments, size: number): Buffer {
    const first = segments[0] ?? 0;
    const before = this.#begun.get(first);
    const isContinued = before !== undefined && continues(before, segments, size);
    const hash = isContinued ? before.hash : createHash('sha256');
    for (let offset = isContinued ? before.size : 0; offset < size; ) {
      const within = offset % segmentBytes;
      const bytes = Math.min(segmentBytes - within, size - offset);
      hash.update(this.#store.read(segments[Math.floor(offset / segmentBytes)] ?? 0, within, bytes));
      offset += bytes;
    }
    this.#begun.delete(first);
    this.#begun.set(first, { segments, size, hash });
    if (this.#begun.size > maxBegun) this.#begun.delete(this.#begun.keys().next().value!);
    return hash.copy().digest();
  }
}

const continues = (before: Begun, segments: Segments, size: number): boolean =>
  before.size <= size && before.segments.every((segment, index) => segment === segments[index]);

/** Contents that refused writes keep must be there. */
export function checkConflicts(database: SqliteDatabase): Problem | null {
  for (const kept of ['base', 'mine', 'theirs']) {
    const row = database
      .prepare(
        `SELECT r.id, r.path FROM refusals r LEFT JOIN contents c ON c.id = r.${kept}
           WHERE r.${kept} IS NOT NULL AND c.id IS NULL LIMIT 1`,
      )
      .get() as { id: number; path: Buffer } | undefined;
    if (row !== undefined)
      return { seq: null, problem: `refusal ${row.id} of ${row.path} has lost its content "${kept}"` };
  }
  return null;
}
