import type { SqliteDatabase } from '../database.js';
import { decodeNumbers } from '../number-list.js';
import { equal } from '../records/record-check.js';
import { ContentHashes } from './content-hashes.js';
import { SegmentStore } from './segments.js';

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
