/** The states of edits and dream when a writing has been carried out. */
import type { DreamStatus } from '../dream.js';
import type { Edit } from '../edit.js';
import type { Writing } from './writing.js';

/**
 * `left`: why a path could not be written, by path. An edit that was to be applied and touches one is left
 * out.
 */
export function settled(
  { kind, edits, status }: Writing,
  left: ReadonlyMap<string, string>,
): { readonly edits: readonly Edit[]; readonly status: DreamStatus } {
  if (kind === 'revert') return { edits, status };
  const now = edits.map((edit) => withFailures(edit, left));
  return { edits: now, status: statusOf(now) };
}

function withFailures(edit: Edit, left: ReadonlyMap<string, string>): Edit {
  const path = edit.paths.find((each) => left.has(each));
  if (edit.state !== 'applied' || path === undefined) return edit;
  return { ...edit, state: 'left_out', note: left.get(path)! };
}

/** The status of a dream that was decided on, from the states of its edits. */
export function statusOf(edits: readonly Edit[]): DreamStatus {
  const states = new Set(edits.map(({ state }) => state));
  if (states.has('staged')) return 'staged';
  const isPartly = states.has('left_out') || states.has('rejected');
  if (!states.has('applied')) return states.has('left_out') ? 'partly_applied' : 'rejected';
  return isPartly ? 'partly_applied' : 'applied';
}
