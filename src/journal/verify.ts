import { createHash, timingSafeEqual } from 'node:crypto';
import { asMemfsError } from '../core/errors.js';
import { chainNext, chainStart, commitmentOf } from './chain.js';
import { openDatabase, type SqliteDatabase } from './database.js';
import { compareProjection, NameTree } from './projection.js';
import { type RecordRow, recordColumns } from './records.js';
import { decodeSegments, SegmentStore, segmentBytes } from './segments.js';

export interface VerifyReport {
  readonly records: number;
  readonly versions: number;
  readonly contents: number;
  readonly ok: boolean;
  /** The first record that does not hold, in the order of the journal; null where no record is to blame. */
  readonly firstBad: { readonly seq: number | null; readonly problem: string } | null;
  readonly head: number;
  /** Lowercase hex of the newest record's chain. */
  readonly chain: string;
}

export interface VerifyOptions {
  onProgress?(done: number, total: number): void;
}

type Problem = NonNullable<VerifyReport['firstBad']>;

const progressEvery = 500;
/** Records that are checked whenever a store is opened. */
const tailRecords = 256;

/**
 * Checks a whole store on a connection of its own, reading only: every content against its hash, every record
 * against its commitment and the chain, and the present tree against a replay of the records.
 */
export function verifyStore(path: string, options: VerifyOptions = {}): VerifyReport {
  const state = { records: 0, versions: 0, contents: 0, head: 0, chain: '' };
  let firstBad: Problem | null = null;
  try {
    const database = openDatabase(path, { readOnly: true });
    try {
      // One snapshot for all questions: the store may be written to meanwhile.
      database.exec('BEGIN');
      firstBad = check(database, state, options);
    } finally {
      database.close();
    }
  } catch (error) {
    firstBad = { seq: state.head === 0 ? null : state.head + 1, problem: asMemfsError(error).message };
  }
  return { ...state, ok: firstBad === null, firstBad };
}

interface Progress {
  records: number;
  versions: number;
  contents: number;
  head: number;
  chain: string;
}

function check(database: SqliteDatabase, state: Progress, options: VerifyOptions): Problem | null {
  const count = (table: string): number =>
    database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  const total = count('contents') + count('records');
  const bad = checkContents(database, state, (done) => options.onProgress?.(done, total));
  const problems: Problem[] = bad === null ? [] : [bad];
  const tree = new NameTree();
  let previous: Uint8Array = chainStart;
  for (const row of database.prepare(`SELECT ${recordColumns} ORDER BY r.seq`).iterate()) {
    const record = row as RecordRow;
    const problem = checkRecord(record, state.head + 1, previous);
    if (problem !== null) {
      problems.push({ seq: record.seq, problem });
      break;
    }
    previous = record.chain;
    state.records++;
    state.head = record.seq;
    state.chain = record.chain.toString('hex');
    if (record.content !== null) state.versions++;
    tree.apply(record);
    if (state.records % progressEvery === 0) options.onProgress?.(state.contents + state.records, total);
  }
  if (problems.length === 0) {
    const difference = compareProjection(database, tree);
    if (difference !== null) problems.push(difference);
  }
  return problems.sort((a, b) => (a.seq ?? Infinity) - (b.seq ?? Infinity))[0] ?? null;
}

/** What is wrong with a record that should have the number `seq` and follow the chain `previous`. */
function checkRecord(record: RecordRow, seq: number, previous: Uint8Array): string | null {
  if (record.seq !== seq) return `record ${seq} is missing`;
  const chain = chainNext(previous, {
    seq: record.seq,
    branch: record.branch,
    timeMs: record.time_ms,
    operation: record.operation,
    agent: record.agent,
    session: record.session,
    ino: record.ino,
    memory: record.memory,
    parent: record.parent,
    commitment: record.commitment,
    mount: record.mount,
    claimed: record.claimed === 1,
  });
  if (!equal(chain, record.chain)) return 'the hash chain does not fit the record';
  if (record.salt === null || record.path === null) return null;
  const content = record.sha256 === null ? null : { sha256: record.sha256, size: record.size! };
  if (record.content !== null && content === null) return `its content ${record.content} is missing`;
  const commitment = commitmentOf(record.salt, {
    path: record.path,
    previousPath: record.previous_path,
    content,
  });
  return equal(commitment, record.commitment) ? null : 'path or content are not those that were recorded';
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

function checkContents(
  database: SqliteDatabase,
  state: Progress,
  onProgress: (done: number) => void,
): Problem | null {
  const segments = new SegmentStore(database);
  const firstUse = database.prepare('SELECT min(seq) FROM records WHERE content = ?').pluck();
  let bad: Problem | null = null;
  const rows = database.prepare('SELECT id, sha256, size, segments FROM contents WHERE sha256 IS NOT NULL');
  for (const row of rows.iterate()) {
    const {
      id,
      sha256,
      size,
      segments: list,
    } = row as {
      id: number;
      sha256: Buffer;
      size: number;
      segments: Buffer;
    };
    if (!equal(hashOf(segments, decodeSegments(list), size), sha256)) {
      const seq = firstUse.get(id) as number | null;
      if (bad === null || (seq !== null && seq < (bad.seq ?? Infinity)))
        bad = { seq, problem: `content ${id} does not have its SHA-256` };
    }
    state.contents++;
    if (state.contents % progressEvery === 0) onProgress(state.contents);
  }
  return bad;
}

function hashOf(store: SegmentStore, segments: readonly number[], size: number): Buffer {
  const hash = createHash('sha256');
  for (let offset = 0; offset < size; offset += segmentBytes) {
    const segment = segments[offset / segmentBytes] ?? 0;
    hash.update(store.read(segment, 0, Math.min(segmentBytes, size - offset)));
  }
  return hash.digest();
}

/** A quick look at the newest records when a store is opened: what is wrong, or null. */
export function checkTail(database: SqliteDatabase): string | null {
  const rows = database
    .prepare(`SELECT ${recordColumns} ORDER BY r.seq DESC LIMIT ?`)
    .all(tailRecords + 1) as RecordRow[];
  rows.reverse();
  let previous = rows.length > tailRecords ? rows.shift()!.chain : chainStart;
  let seq = rows[0]?.seq ?? 1;
  for (const record of rows) {
    const problem = checkRecord(record, seq, previous);
    if (problem !== null) return `record ${record.seq}: ${problem}`;
    previous = record.chain;
    seq++;
  }
  return null;
}
