import { operations, type RecordRow } from '../../journal/records/records.js';
import type { Workspace } from '../store/workspace.js';
import { split } from './tree-at.js';

const pageRecords = 500;
const exchanged = operations.indexOf('exchanged');
const renamed = operations.indexOf('renamed');
const rmdir = operations.indexOf('rmdir');

/**
 * The paths that the branch's own records behind `from` name, in the order of a tree (depth first, names in byte order):
 * where it may differ from what it was then. Null: a directory was moved with what it holds, so it may differ anywhere
 * below.
 */
export function changedPaths({ history, entries }: Workspace, from: number): Buffer[] | null {
  const paths = new Map<string, Buffer>();
  for (let after = from; ; ) {
    const page = history.page({ after, limit: pageRecords, reverse: false, own: true });
    for (const row of page) {
      if (row.operation === exchanged || (row.operation === renamed && row.memory === null)) return null;
      if (row.operation === rmdir && entries.listAt(row.ino, row.seq - 1).length > 0) return null;
      for (const path of pathsOf(row)) paths.set(path.toString('latin1'), path);
      after = row.seq;
    }
    if (page.length < pageRecords) break;
  }
  return [...paths.values()].sort(inTreeOrder);
}

const pathsOf = ({ operation, path, previous_path }: RecordRow): Buffer[] =>
  [path, operation === renamed ? previous_path : null].filter((each) => each !== null);

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
