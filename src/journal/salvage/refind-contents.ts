/**
 * Contents of which only the bytes are there: the row that says which segments are theirs is gone. What lies in the segments
 * is hashed up to the end of each piece, and is one of them if an index of hashes or a record's commitment says so.
 */
import { createHash } from 'node:crypto';
import { SegmentStore, type Segments, segmentBytes } from '../contents/segments.js';
import type { SqliteDatabase } from '../database.js';
import { encodeNumbers } from '../number-list.js';
import { commitmentOf } from '../records/chain.js';
import { equal } from '../records/record-check.js';
import type { LostContent } from './check-contents.js';
import type { Value } from './tree-pages.js';

interface Candidate {
  readonly sha256: Buffer;
  readonly size: number;
  readonly segments: Segments;
}

/** `index`: hash and id of each content. Those that are found are taken out of `lost`. */
export function refindByHash(
  database: SqliteDatabase,
  index: Iterable<readonly Value[]>,
  lost: Map<number, LostContent>,
): void {
  const known = database.prepare('SELECT 1 FROM contents WHERE id = ? OR sha256 = ?').pluck();
  const wanted = new Map([...lost].map(([id, { sha256 }]) => [sha256.toString('hex'), id]));
  for (const [hash, id] of index) {
    if (!Buffer.isBuffer(hash) || typeof id !== 'number') continue;
    if (lost.has(id) || known.get(id, hash) === undefined) wanted.set(hash.toString('hex'), id);
  }
  if (wanted.size === 0) return;
  const put = database.prepare('REPLACE INTO contents (id, sha256, size, segments) VALUES (?, ?, ?, ?)');
  for (const { sha256, size, segments } of candidates(database)) {
    const hex = sha256.toString('hex');
    const id = wanted.get(hex);
    if (id === undefined) continue;
    put.run(id, sha256, size, encodeNumbers(segments));
    wanted.delete(hex);
    lost.delete(id);
    if (wanted.size === 0) return;
  }
}

interface BareRecord {
  readonly content: number;
  readonly salt: Buffer;
  readonly path: Buffer;
  readonly previous_path: Buffer | null;
  readonly removes: Buffer | null;
  readonly commitment: Buffer;
}

/** A commitment takes a few microseconds, so this is a quarter of a minute at most. */
const mostTries = 4_000_000;
const mostCandidates = 200_000;

/** Finds contents that no row and no index knows any more. They were mostly written in the order of their segments. */
export function refindByCommitment(database: SqliteDatabase): void {
  const records = database
    .prepare(
      `SELECT content, salt, path, previous_path, removes, commitment FROM records
         WHERE salt IS NOT NULL AND path IS NOT NULL AND content NOT IN (SELECT id FROM contents) ORDER BY seq`,
    )
    .all() as BareRecord[];
  if (records.length === 0) return;
  const all: Candidate[] = [];
  for (const candidate of candidates(database)) if (all.push(candidate) >= mostCandidates) break;
  const known = database.prepare('SELECT id FROM contents WHERE sha256 = ?').pluck();
  const insert = database.prepare(
    'INSERT OR IGNORE INTO contents (id, sha256, size, segments) VALUES (?, ?, ?, ?)',
  );
  const redirect = database.prepare('UPDATE records SET content = ? WHERE content = ?');
  let [next, tries] = [0, 0];
  for (const record of records) {
    for (let i = 0; i < all.length && tries < mostTries; i++, tries++) {
      const at = (next + i) % all.length;
      const { sha256, size, segments } = all[at]!;
      if (!commits(record, { sha256, size })) continue;
      const same = known.get(sha256) as number | undefined;
      if (same === undefined) insert.run(record.content, sha256, size, encodeNumbers(segments));
      else redirect.run(same, record.content);
      next = at;
      break;
    }
  }
}

function commits(record: BareRecord, content: Pick<Candidate, 'sha256' | 'size'>): boolean {
  const { salt, path, previous_path: previousPath, removes, commitment } = record;
  return equal(commitmentOf(salt, { path, previousPath, removes, content }), commitment);
}

/** Every beginning of a run of segments up to the end of a piece. */
function* candidates(database: SqliteDatabase): Generator<Candidate> {
  yield { sha256: createHash('sha256').digest(), size: 0, segments: [] };
  const pieces = database.prepare(
    'SELECT position, data FROM pieces WHERE position >= ? AND position < ? ORDER BY position',
  );
  for (const run of segmentRuns(database)) {
    const hash = createHash('sha256');
    let size = 0;
    for (const [i, segment] of run.entries()) {
      const start = segment * segmentBytes;
      const found = pieces.all(start, start + segmentBytes) as { position: number; data: Buffer }[];
      for (const { position, data } of found) {
        if (position - start + i * segmentBytes !== size) break;
        hash.update(data);
        size += data.length;
        yield { sha256: hash.copy().digest(), size, segments: run.slice(0, i + 1) };
      }
    }
  }
}

/** Segments that follow each other in a content as they were written: all are full but the last. */
function* segmentRuns(database: SqliteDatabase): Generator<number[]> {
  const stored = database
    .prepare(`SELECT DISTINCT position / ${segmentBytes} FROM pieces ORDER BY 1`)
    .pluck()
    .all() as number[];
  const store = new SegmentStore(database);
  let run: number[] = [];
  for (const segment of stored) {
    const last = run.at(-1);
    if (last !== undefined && (segment !== last + 1 || store.end(last) < segmentBytes)) {
      yield run;
      run = [];
    }
    run.push(segment);
  }
  if (run.length > 0) yield run;
}
