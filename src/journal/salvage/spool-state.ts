/** Whether a spool holds changes that its database may not. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Spool, spoolPrefix, type Uncommitted } from '../spool/spool.js';

export interface SpoolState {
  /** Its frames are those that the database has not committed. */
  readonly isOurs: boolean;
  /** The names of the operations that can be read, oldest first. */
  readonly operations: readonly string[];
  /** A frame cannot be read, and what follows it. */
  readonly isBroken: boolean;
}

const none: SpoolState = { isOurs: true, operations: [], isBroken: false };

/** `path`: of a copy, which may be opened for writing. */
export function spoolState(path: string, expected: Uncommitted): SpoolState {
  const found = firstGeneration(path);
  if (found === 'nothing') return none;
  if (expected.current === null) return stateOf(path, expected, true);
  if (found === null) return { ...none, isBroken: true };
  return stateOf(path, { current: found, former: null }, expected.current.equals(found));
}

function stateOf(path: string, generation: Uncommitted, isOurs: boolean): SpoolState {
  const operations: string[] = [];
  const spool = new Spool(path, generation);
  try {
    for (const { header } of spool.frames()) operations.push((header as { o: string }).o);
    return { isOurs, operations, isBroken: isOurs && spool.goesOn() };
  } finally {
    spool.close();
  }
}

/** The generation of the first frame; null: that has not the present form. */
function firstGeneration(path: string): Buffer | null | 'nothing' {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return 'nothing';
  }
  try {
    if (fstatSync(fd).size === 0) return 'nothing';
    const prefix = Buffer.alloc(spoolPrefix.bytes);
    readSync(fd, prefix, 0, prefix.length, 0);
    return spoolPrefix.generationOf(prefix);
  } finally {
    closeSync(fd);
  }
}
