import { joinedBody } from '../../api/render.js';
import type { SubjectHandlers } from '../../api/server/handlers.js';
import { collectContent } from '../../api/server/request-body.js';
import type { Conflict, ConflictSide } from '../../core/conflicts.js';
import { MemfsError } from '../../core/errors.js';
import type { StoreView } from '../../vfs/store.js';
import type { ControlCaller } from './caller.js';
import type { ControlParts } from './parts.js';
import { writable } from './writable.js';

export function conflictHandlers(parts: ControlParts): SubjectHandlers<ControlCaller, 'conflicts'> {
  return {
    list: (caller, { store, path }) => caller.view(store).conflicts(path === undefined ? {} : { path }),
    show: (caller, { store, path, number }) => {
      const view = caller.view(store);
      const conflict = conflictOf(view, path, number);
      const side = (name: ConflictSide) => {
        const chunks = view.conflictContent(path, number, name);
        return chunks && joinedBody(chunks);
      };
      return { ...conflict, base: side('base'), mine: side('mine'), theirs: side('theirs') };
    },
    resolve: async (caller, { store, path, number, take, if_match, ...asked }, body) => {
      const actor = caller.actor(asked);
      const content = await collectContent(body, parts.maxFileBytes);
      const condition = if_match === undefined ? {} : { ifMatch: if_match };
      const merged = take === 'merged' ? { take, content, ...condition } : { take, ...condition };
      const view = writable(parts, caller, store);
      const record = view.resolveConflict(path, number, take === 'theirs' ? { take } : merged, actor);
      return { conflict: conflictOf(view, path, number), record };
    },
  };
}

function conflictOf(store: StoreView, path: string, number: number): Conflict {
  const conflict = store.conflicts({ path }).find((each) => each.number === number);
  if (conflict === undefined)
    throw new MemfsError('not_found', `${path} has no conflict ${number}`, {
      hint: 'memfsd conflicts STORE',
    });
  return conflict;
}
