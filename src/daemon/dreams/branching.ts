/** What dreams need of a store: every store has it. */
import type { Store, StoreView } from '../../vfs/store.js';

export type BranchView = StoreView;

export const branching = (store: Store): Store => store;
