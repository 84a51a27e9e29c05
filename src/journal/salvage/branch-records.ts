import { mainBranch } from '../branches/branches.js';
import type { SqliteDatabase } from '../database.js';
import { operations } from '../records/records.js';
import { MadeRecords } from './made-records.js';

const branched = operations.indexOf('branched');
const dropped = operations.indexOf('dropped');

/**
 * Writes the records that make and end branches, where only the table of branches still tells of them. Returns the number
 * of the first that was written, else infinity.
 */
export function placeBranches(database: SqliteDatabase): number {
  const made = new MadeRecords(database);
  let first = Infinity;
  const place = (seq: number, operation: number, branch: number, name: string): void => {
    made.ofBranch(seq, operation, branch, name);
    first = Math.min(first, seq);
  };
  const rows = database
    .prepare('SELECT id, name, fork_seq, dropped_seq FROM branches WHERE id <> ?')
    .all(mainBranch.id) as {
    id: number;
    name: string;
    fork_seq: number | null;
    dropped_seq: number | null;
  }[];
  const isThere = database.prepare('SELECT 1 FROM records WHERE seq = ?').pluck();
  for (const { id, name, fork_seq: fork, dropped_seq: end } of rows) {
    if (fork !== null && isThere.get(fork + 1) === undefined) place(fork + 1, branched, id, name);
    if (end !== null && isThere.get(end) === undefined) place(end, dropped, id, name);
  }
  const strays = database
    .prepare(
      `SELECT branch, min(seq) AS oldest FROM records r WHERE branch <> ? AND NOT EXISTS
         (SELECT 1 FROM records o WHERE o.branch = r.branch AND o.operation = ${branched}) GROUP BY branch ORDER BY 2`,
    )
    .all(mainBranch.id) as { branch: number; oldest: number }[];
  for (const { branch, oldest } of strays) {
    let slot = oldest - 1;
    while (slot > 0 && isThere.get(slot) !== undefined) slot--;
    if (slot > 0) place(slot, branched, branch, `branch-${branch}`);
    else database.prepare('DELETE FROM records WHERE branch = ?').run(branch);
  }
  return first;
}
