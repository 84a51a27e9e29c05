import type { Problem } from '../contents/content-check.js';
import type { SqliteDatabase } from '../database.js';
import { ProjectionCheck, Replay } from '../records/projection.js';
import { operations, type RecordRow } from '../records/records.js';
import { type Branch, BranchTable, isAboutBranch, mainBranch } from './branches.js';

/** Follows the records of all branches: where each was forked, and what became of it. */
export class BranchReplays {
  readonly #replays = new Map([[mainBranch.id, new Replay()]]);
  readonly #branches = new Map([[mainBranch.id, mainBranch]]);

  /** Checks the next record. Returns its fault, or null. */
  apply(record: RecordRow): string | null {
    if (isAboutBranch(record)) return this.#applyToBranches(record);
    const replay = this.#replays.get(record.branch);
    if (replay === undefined) return `it is of branch ${record.branch}, which is not there`;
    replay.apply(record);
    return null;
  }

  #applyToBranches({ operation, branch: id, seq, previous_path }: RecordRow): string | null {
    const isThere = this.#replays.has(id);
    if (operations[operation] === 'branched') {
      if (isThere) return `it makes branch ${id}, which is there`;
      this.#replays.set(id, this.#replays.get(mainBranch.id)!.fork());
      this.#branches.set(id, { id, name: String(previous_path), forkSeq: seq - 1 });
      return null;
    }
    if (!isThere || id === mainBranch.id) return `it drops branch ${id}, which is not there`;
    this.#replays.delete(id);
    this.#branches.delete(id);
    return null;
  }

  /** Compares the present of every branch with what its records describe. */
  check(database: SqliteDatabase): Problem | null {
    const { living } = new BranchTable(database);
    for (const branch of this.#branches.values())
      if (!living.some((other) => isSame(branch, other)))
        return problem(`the branch "${branch.name}" is in the journal, not in the store`);
    for (const { id, name } of living) {
      const replay = this.#replays.get(id);
      if (replay === undefined) return problem(`the branch "${name}" is in the store, not in the journal`);
      const found = new ProjectionCheck(database, id, replay).run();
      if (found === null) continue;
      return id === mainBranch.id
        ? found
        : { ...found, problem: `on the branch "${name}": ${found.problem}` };
    }
    return null;
  }
}

const isSame = (one: Branch, other: Branch): boolean =>
  one.id === other.id && one.name === other.name && one.forkSeq === other.forkSeq;

const problem = (text: string): Problem => ({ seq: null, problem: text });
