import { type Branch, BranchTable, isAboutBranch, mainBranch } from '../branches/branches.js';
import type { SqliteDatabase } from '../database.js';
import { operations, type RecordRow } from '../records/records.js';
import { TreeReplay } from './tree-replay.js';

const branched = operations.indexOf('branched');
const pageRecords = 500;

/** Replays the journal, and makes the table of branches what it says. Returns the tree of each living branch, main first. */
export function replayBranches(
  database: SqliteDatabase,
  keepPast: boolean,
): { readonly branch: Branch; readonly replay: TreeReplay }[] {
  const replays = new Map([[mainBranch.id, new TreeReplay(keepPast)]]);
  database.exec('DELETE FROM branches');
  database.prepare('INSERT INTO branches (id, name) VALUES (?, ?)').run(mainBranch.id, mainBranch.name);
  const table = new BranchTable(database);
  const page = database.prepare(`SELECT * FROM records WHERE seq > ? ORDER BY seq LIMIT ${pageRecords}`);
  for (let after = 0; ; ) {
    const rows = page.all(after) as RecordRow[];
    for (const record of rows) {
      const { seq, branch: id, operation } = record;
      after = seq;
      if (!isAboutBranch(record)) replays.get(id)?.apply(record);
      else if (operation === branched) {
        replays.set(id, new TreeReplay(keepPast, replays.get(mainBranch.id)!));
        table.add({ id, name: String(record.previous_path), forkSeq: seq - 1 });
      } else {
        replays.delete(id);
        table.drop(id, seq);
      }
    }
    if (rows.length < pageRecords) break;
  }
  return table.living.map((branch) => ({ branch, replay: replays.get(branch.id)! }));
}

/** Deletes the rows of branches that the journal does not know. */
export function dropUnknownBranches(database: SqliteDatabase): void {
  const living = new Set(new BranchTable(database).living.map(({ id }) => id));
  const found = database
    .prepare('SELECT branch FROM entries UNION SELECT branch FROM inodes UNION SELECT branch FROM xattrs')
    .pluck()
    .all() as number[];
  for (const id of found.filter((each) => !living.has(each))) {
    const tables = ['entries', 'inodes', 'inode_history', 'xattrs', 'observations'];
    for (const table of tables) database.prepare(`DELETE FROM ${table} WHERE branch = ?`).run(id);
  }
}
