import type { StoreView } from '../../vfs/store.js';
import type { ControlCaller } from './caller.js';
import type { ControlParts } from './parts.js';

/** A store for a change. Throws `not_found` for one that the caller does not see, and what keeps it from being changed. */
export function writable({ stores }: ControlParts, caller: ControlCaller, reference: string): StoreView {
  const view = caller.view(reference);
  stores.writable(reference);
  return view;
}
