import type { Tail } from '../store/appended.js';
import type { Part, WorkingState } from '../store/working-state.js';
import type { Workspace } from '../store/workspace.js';

/** Part of a working state that waits for its commit. */
export interface Pending {
  readonly state: WorkingState;
  readonly part: Part;
}

/** The handle of what an engine left that did not tell handles apart: it goes with whatever is committed first. */
const anybodys = 0;

/** Returns what one handle has appended, as a part. */
export const alone = (tail: Tail): Part => ({ edits: false, tails: [tail], spared: 0, actor: tail.actor });

/** All of a working state. */
export function partsOf(state: WorkingState): Part[] {
  const { tails } = state.appended;
  if (!state.isEdited) return tails.map(alone);
  const isBound = ({ bound, handle }: Tail): boolean => bound || handle === anybodys;
  const edits = { edits: true, tails: tails.filter(isBound), spared: 0, actor: state.actor };
  return [edits, ...tails.filter((tail) => !isBound(tail)).map(alone)];
}

/**
 * What was changed in place. With it goes what its handles appended, unless more of that may be to come, and what
 * `handle` did. Null: nothing was.
 */
export function editsOf(state: WorkingState, handle: number | null): Part | null {
  if (!state.isEdited) return null;
  const { underWay, appended } = state;
  const own = handle === null ? undefined : appended.of(handle);
  const goesAlong = (tail: Tail): boolean =>
    tail === own || tail.handle === anybodys || (tail.bound && underWay?.handle !== tail.handle);
  return {
    edits: true,
    tails: appended.tails.filter(goesAlong),
    spared: 0,
    actor: own?.actor ?? state.actor,
  };
}

/** Returns what a handle has appended; null: nothing. */
export function appendsOf({ appended }: WorkingState, handle: number): Part | null {
  const own = appended.of(handle);
  if (own !== undefined && appended.tails.length === 1) return alone(own);
  const tails = [appended.of(anybodys), own].filter((tail) => tail !== undefined);
  return tails.length === 0 ? null : { edits: false, tails, spared: 0, actor: (own ?? tails[0]!).actor };
}

/** A part without a write(2) that is under way. Null: there is nothing else. */
export function sparing({ underWay }: WorkingState, part: Part): Part | null {
  const tail = part.tails.find(({ handle }) => handle === underWay?.handle);
  if (underWay === null || tail === undefined) return part;
  const tails = part.tails.filter((other) => other !== tail);
  if (tail.content.size - tail.from > underWay.bytes)
    return { ...part, tails: [...tails, tail], spared: underWay.bytes };
  return tails.length > 0 || part.edits ? { ...part, tails } : null;
}

/** Returns the part that is at stake when a handle, or nobody in particular, is refused; null: none. */
export function partOf(workspace: Workspace, state: WorkingState, handle: number | undefined): Part | null {
  if (handle === undefined) return editsOf(state, null) ?? appendsOf(state, anybodys);
  const isEdited = workspace.handles.get(handle)?.edited !== false;
  return (isEdited ? editsOf(state, handle) : null) ?? appendsOf(state, handle);
}
