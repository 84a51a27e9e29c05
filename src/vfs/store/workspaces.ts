import { refusal } from '../../core/errors.js';
import { type Branch, mainBranch } from '../../journal/branches/branches.js';
import { keepRoomForIndex } from '../../journal/database.js';
import type { StoreOptions } from '../store.js';
import { StoreTables } from './store-tables.js';
import { type Siblings, Workspace } from './workspace.js';

/** Opens the branches of one store, and commits and reloads them together. */
export class Workspaces implements Siblings {
  readonly tables: StoreTables;
  readonly main: Workspace;
  /** By branch. What mounts hold must be the same object after a rollback, so none is taken out. */
  readonly #known = new Map<number, Workspace>();
  #living: readonly Workspace[] = [];
  #livingOf: readonly Branch[] = [];

  constructor(path: string, options: StoreOptions) {
    this.tables = new StoreTables(path, options);
    this.main = this.#open(mainBranch);
  }

  #open(branch: Branch): Workspace {
    const known = this.#known.get(branch.id);
    // An id whose branch was rolled back before anybody knew of it may be given to another.
    if (known?.branch.name === branch.name && known.branch.forkSeq === branch.forkSeq) return known;
    const workspace = new Workspace(this.tables, branch, this);
    this.#known.set(branch.id, workspace);
    return workspace;
  }

  all(): readonly Workspace[] {
    const { living } = this.tables.branches;
    if (living !== this.#livingOf) {
      this.#living = living.map((branch) => this.#open(branch));
      this.#livingOf = living;
    }
    return this.#living;
  }

  /** Throws `not_found`. */
  named(name: string): Workspace {
    const branch = this.tables.branches.named(name);
    if (branch === undefined) throw refusal('not_found', `the store has no branch "${name}"`);
    return this.#open(branch);
  }

  /** Throws `not_found`. */
  withId(id: number): Workspace {
    if (id === mainBranch.id) return this.main;
    const found = this.all().find(({ branch }) => branch.id === id);
    if (found === undefined)
      throw refusal('not_found', `the branch "${this.tables.branches.nameOf(id)}" was dropped`);
    return found;
  }

  /** Everything that only memory knew is read again from what was committed. */
  reload(): void {
    this.tables.reload();
    for (const workspace of this.#known.values()) workspace.reload();
  }

  /** Writes what is only in memory into the open transaction, so that committing it leaves nothing behind. */
  writeBack(): void {
    for (const workspace of this.all()) workspace.writeBack();
    this.tables.counters.store();
  }

  close(): void {
    const { database } = this.tables;
    database.close();
    keepRoomForIndex(database.name);
  }
}
