import { ContentHashes } from '../contents/content-hashes.js';
import { SegmentStore, segmentBytes } from '../contents/segments.js';
import type { SqliteDatabase } from '../database.js';
import { decodeNumbers } from '../number-list.js';

export interface LostContent {
  readonly sha256: Buffer;
  readonly size: number;
  /** The hash of the bytes that are there. */
  readonly found: Buffer;
}

interface ContentRow {
  readonly id: number;
  readonly sha256: Buffer;
  readonly size: number;
  readonly segments: Buffer;
}

const pageRows = 500;

/** Reads every content that has a hash; those that do not have it any more, by their id. */
export function checkContents(database: SqliteDatabase, onContent: () => void): Map<number, LostContent> {
  const hashes = new ContentHashes(new SegmentStore(database));
  const lost = new Map<number, LostContent>();
  const select = database.prepare(
    'SELECT id, sha256, size, segments FROM contents WHERE sha256 IS NOT NULL AND id > ? ORDER BY id LIMIT ?',
  );
  for (let after = -1; ; ) {
    const rows = select.all(after, pageRows) as ContentRow[];
    for (const { id, sha256, size, segments } of rows) {
      const list = decodeNumbers(segments);
      // A size that is not the list's own is read as far as the list goes.
      const digest = hashes.of(list, Math.min(size, list.length * segmentBytes));
      if (!digest.equals(sha256) || size > list.length * segmentBytes)
        lost.set(id, { sha256, size, found: digest });
      after = id;
      onContent();
    }
    if (rows.length < pageRows) return lost;
  }
}
