import { operations, type RecordRow } from '../../journal/records.js';
import type { Workspace } from '../store/workspace.js';
import { split } from './tree-at.js';

const pageRecords = 500;
const named = (names: readonly (typeof operations)[number][]): ReadonlySet<number> =>
  new Set(names.map((name) => operations.indexOf(name)));
const moves = named(['renamed', 'exchanged']);
const rmdir = operations.indexOf('rmdir');

/**
 * The paths that a branch's own records name, in the order of a tree (depth first, names in byte order): where it may
 * differ from what it was made from. Null: a directory was moved with what it holds, so it may differ anywhere below.
 */
export function changedPaths({ branch, history, entries }: Workspace): Buffer[] | null {
  const paths = new Map<string, Buffer>();
  for (let after = branch.forkSeq ?? 0; ; ) {
    const page = history.page({ after, limit: pageRecords, reverse: false, own: true });
    for (const row of page) {
      if (moves.has(row.operation) && row.memory === null) return null;
      if (row.operation === rmdir && entries.listAt(row.ino, row.seq - 1).length > 0) return null;
      for (const path of pathsOf(row)) paths.set(path.toString('latin1'), path);
      after = row.seq;
    }
    if (page.length < pageRecords) break;
  }
  return [...paths.values()].sort(inTreeOrder);
}

const pathsOf = ({ operation, path, previous_path }: RecordRow): Buffer[] =>
  [path, moves.has(operation) ? previous_path : null].filter((each) => each !== null);

function inTreeOrder(a: Buffer, b: Buffer): number {
  const [left, right] = [split(a), split(b)];
  for (const [index, name] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = Buffer.compare(name, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
