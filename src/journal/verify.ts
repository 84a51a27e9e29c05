import { asMemfsError, mayPass } from '../core/errors.js';
import { BranchReplays } from './branches/branch-check.js';
import { checkConflicts, checkContents, type Problem } from './contents/content-check.js';
import { openDatabase, requireMigrated, type SqliteDatabase } from './database.js';
import { RecordCheck } from './records/record-check.js';
import { type RecordRow, recordColumns } from './records/records.js';

export interface VerifyReport {
  readonly records: number;
  readonly versions: number;
  readonly contents: number;
  readonly ok: boolean;
  /** The first record that does not hold, in the order of the journal; null where no record is to blame. */
  readonly firstBad: Problem | null;
  readonly head: number;
  /** Lowercase hex of the newest record's chain. */
  readonly chain: string;
}

export interface VerifyOptions {
  onProgress?(done: number, total: number): void;
}

const progressEvery = 500;
/** Records that are checked whenever a store is opened. */
const tailRecords = 256;

/**
 * Checks a whole store on a connection of its own, reading only: every content against its hash, every record
 * against its commitment and the chain, what redaction has removed, and the present tree of every branch against a replay.
 */
export function verifyStore(path: string, options: VerifyOptions = {}): VerifyReport {
  const state = { records: 0, versions: 0, contents: 0, head: 0, chain: '' };
  let firstBad: Problem | null = null;
  try {
    const database = openDatabase(path, { readOnly: true });
    try {
      requireMigrated(database, path);
      // One snapshot for all questions: the store may be written to meanwhile.
      database.exec('BEGIN');
      firstBad = check(database, state, options);
    } finally {
      database.close();
    }
  } catch (thrown) {
    const error = asMemfsError(thrown);
    if (mayPass(error)) throw error;
    firstBad = { seq: state.head === 0 ? null : state.head + 1, problem: error.message };
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
  const tell = (): void => {
    const done = state.contents + state.records;
    if (done % progressEvery === 0) options.onProgress?.(done, total);
  };
  const bad = checkContents(database, () => {
    state.contents++;
    tell();
  });
  const branches = new BranchReplays();
  const problems = [bad, checkRecords(database, state, branches, tell)].filter((problem) => problem !== null);
  if (problems.length === 0) return branches.check(database) ?? checkConflicts(database);
  return problems.sort((a, b) => (a.seq ?? Infinity) - (b.seq ?? Infinity))[0]!;
}

function checkRecords(
  database: SqliteDatabase,
  state: Progress,
  branches: BranchReplays,
  checked: () => void,
): Problem | null {
  const records = new RecordCheck();
  for (const row of database.prepare(`SELECT ${recordColumns} ORDER BY r.seq`).iterate()) {
    const record = row as RecordRow;
    const problem = records.next(record) ?? branches.apply(record);
    if (problem !== null) return { seq: record.seq, problem };
    state.records++;
    state.head = record.seq;
    state.chain = record.chain.toString('hex');
    if (record.content !== null) state.versions++;
    checked();
  }
  const seq = records.unexplained();
  return seq === null ? null : { seq, problem: 'its content is missing, and no record removed it' };
}

/** A quick look at the newest records when a store is opened: what is wrong, or null. */
export function checkTail(database: SqliteDatabase): string | null {
  const rows = database
    .prepare(`SELECT ${recordColumns} ORDER BY r.seq DESC LIMIT ?`)
    .all(tailRecords + 1) as RecordRow[];
  rows.reverse();
  const before = rows.length > tailRecords ? rows.shift()!.chain : undefined;
  const records = new RecordCheck(rows[0]?.seq, before);
  for (const record of rows) {
    const problem = records.next(record);
    if (problem !== null) return `record ${record.seq}: ${problem}`;
  }
  return null;
}
