/** What dreams need of a store besides what every store has so far. */
import { MemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { Store, StoreView } from '../../vfs/store.js';

export interface BranchView extends StoreView {
  remove(path: string, actor: Actor, ifMatch?: string): unknown;
  move(path: string, to: string, actor: Actor): unknown;
}

export interface Branching extends Store, BranchView {
  createBranch(name: string, actor: Actor): { readonly fork_seq: number | null };
  branch(name: string): BranchView;
  branches(): readonly { readonly name: string }[];
  dropBranch(name: string, actor: Actor): void;
}

export function branching(store: Store): Branching {
  if ('createBranch' in store) return store as Branching;
  const refuse = (): never => {
    throw new MemfsError('not_implemented', 'this store has no branches');
  };
  return Object.assign(Object.create(store) as Store, {
    createBranch: refuse,
    branch: refuse,
    branches: () => [],
    dropBranch: refuse,
    remove: refuse,
    move: refuse,
  });
}
