/** The edits that a dream has proposed so far, carried out on a copy of the store. */
import { MemfsError } from '../../core/errors.js';
import { type Change, type ProposedEdit, pathsOf } from '../edit.js';
import type { Memory } from '../input.js';
import { StagedTree } from '../staged-tree.js';
import { unmasked } from './unmask-change.js';

export interface DraftEdit {
  /** From 1; never given out twice. */
  readonly n: number;
  readonly edit: ProposedEdit;
}

export class Draft {
  readonly #memories: readonly Memory[];
  #tree: StagedTree;
  #edits: readonly DraftEdit[];
  #next: number;

  /** `edits`: those of an earlier run of this dream; those that find nothing to change are left out. */
  constructor(memories: readonly Memory[], edits: readonly DraftEdit[] = []) {
    this.#memories = memories;
    this.#tree = this.#base();
    this.#next = 1 + Math.max(0, ...edits.map(({ n }) => n));
    this.#edits = edits.filter(({ edit }) => {
      try {
        this.#tree.apply(edit.changes);
        return true;
      } catch {
        return false;
      }
    });
  }

  get edits(): readonly DraftEdit[] {
    return this.#edits;
  }

  get paths(): readonly string[] {
    return this.#tree.paths;
  }

  /** Undefined when there is no memory at the path. */
  text(path: string): string | undefined {
    return this.#tree.text(path);
  }

  /** The numbers of the edits that touch it. */
  touching(path: string): readonly number[] {
    return this.#edits.filter(({ edit }) => pathsOf(edit.changes).includes(path)).map(({ n }) => n);
  }

  /** Throws `conflict` when a change does not find what it changes. */
  propose(edit: ProposedEdit): DraftEdit {
    const tree = this.#tree.copy();
    const changes: Change[] = [];
    for (const shown of edit.changes) {
      const change = unmasked(shown, tree.text(shown.path));
      tree.apply([change]);
      changes.push(change);
    }
    const proposed = { n: this.#next, edit: { ...edit, changes } };
    this.#tree = tree;
    this.#next += 1;
    this.#edits = [...this.#edits, proposed];
    return proposed;
  }

  withdraw(n: number): void {
    const left = this.#edits.filter((each) => each.n !== n);
    if (left.length === this.#edits.length)
      throw new MemfsError('not_found', `there is no edit ${n}`, { hint: 'list_edits names them' });
    const tree = this.#base();
    for (const each of left)
      try {
        tree.apply(each.edit.changes);
      } catch {
        throw new MemfsError('conflict', `edit ${each.n} builds on edit ${n}`, {
          hint: `withdraw edit ${each.n} first`,
        });
      }
    this.#tree = tree;
    this.#edits = left;
  }

  #base(): StagedTree {
    return new StagedTree(this.#memories.map(({ path, text }) => [path, text] as const));
  }
}
