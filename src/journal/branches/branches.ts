import type { SqliteDatabase, Statement } from '../database.js';
import { operations, type RecordRow } from '../records/records.js';

/** A named line of the journal: what main's records said up to where it was forked, then records of its own. */
export interface Branch {
  readonly id: number;
  readonly name: string;
  /** The newest record when it was forked from main; null for main itself. */
  readonly forkSeq: number | null;
}

export const mainBranch: Branch = { id: 1, name: 'main', forkSeq: null };

const aboutBranches = new Set((['branched', 'dropped'] as const).map((name) => operations.indexOf(name)));

/** Its previous path is the name of a branch. */
export const isAboutBranch = ({ operation }: Pick<RecordRow, 'operation'>): boolean =>
  aboutBranches.has(operation);

/** SQL that tells whether a record (its columns behind `prefix`) is part of what the branch tells. */
export function ofLine({ id, forkSeq }: Branch, prefix = ''): string {
  const own = `${prefix}branch = ${id}`;
  if (forkSeq === null) return own;
  return `(${own} OR (${prefix}branch = ${mainBranch.id} AND ${prefix}seq <= ${forkSeq}))`;
}

/** The same with what main tells of branches, which is about no memory. */
export function tellsOf({ id, forkSeq }: Branch, prefix = ''): string {
  const mains = `(${prefix}branch = ${mainBranch.id} OR ${prefix}operation IN (${[...aboutBranches].join(', ')}))`;
  return forkSeq === null ? mains : `(${prefix}branch = ${id} OR (${mains} AND ${prefix}seq <= ${forkSeq}))`;
}

/** The same of a record in hand; that a branch was made or dropped is part of what main tells too. */
export function isOfLine(
  { id, forkSeq }: Branch,
  { seq, branch, operation }: Pick<RecordRow, 'seq' | 'branch' | 'operation'>,
): boolean {
  if (branch === id) return true;
  const isMains = branch === mainBranch.id || isAboutBranch({ operation });
  return isMains && (forkSeq === null || seq <= forkSeq);
}

interface Row {
  readonly id: number;
  readonly name: string;
  readonly fork_seq: number | null;
  readonly dropped_seq: number | null;
}

/** The branches of a store. A dropped one keeps its id for ever; its name may be given again. */
export class BranchTable {
  readonly #all: Statement;
  readonly #insert: Statement;
  readonly #drop: Statement;
  readonly #names = new Map<number, string>();
  readonly #dropped = new Map<number, number>();
  #living: Branch[] = [];

  constructor(database: SqliteDatabase) {
    this.#all = database.prepare('SELECT id, name, fork_seq, dropped_seq FROM branches ORDER BY id');
    this.#insert = database.prepare('INSERT INTO branches (id, name, fork_seq) VALUES (?, ?, ?)');
    this.#drop = database.prepare('UPDATE branches SET dropped_seq = ? WHERE id = ?');
    this.reload();
  }

  /** After a rollback. */
  reload(): void {
    this.#names.clear();
    this.#dropped.clear();
    this.#living = [];
    for (const row of this.#all.all() as Row[]) {
      this.#names.set(row.id, row.name);
      if (row.dropped_seq === null) this.#living.push({ id: row.id, name: row.name, forkSeq: row.fork_seq });
      else this.#dropped.set(row.id, row.dropped_seq);
    }
  }

  /** Those that were not dropped, main first. */
  get living(): readonly Branch[] {
    return this.#living;
  }

  named(name: string): Branch | undefined {
    return this.#living.find((branch) => branch.name === name);
  }

  /** The record that dropped it; undefined: it is there. */
  droppedBy(id: number): number | undefined {
    return this.#dropped.get(id);
  }

  /** The name of a branch, also of a dropped one. */
  nameOf(id: number): string {
    return this.#names.get(id) ?? `branch ${id}`;
  }

  add({ id, name, forkSeq }: Branch): void {
    this.#insert.run(id, name, forkSeq);
    this.reload();
  }

  drop(id: number, seq: number): void {
    this.#drop.run(seq, id);
    this.reload();
  }
}
