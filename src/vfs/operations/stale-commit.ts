import type { Actor } from '../../core/model.js';
import type { Entry } from '../../journal/tree/entries.js';
import type { Inode } from '../store/inode.js';
import type { OperationContext } from '../store/operation.js';
import type { WorkingState } from '../store/working-state.js';
import { departedContent, departedMemory, departedStale } from './inherit.js';
import type { Pending } from './parts.js';
import type { Stale } from './preconditions.js';

/** Why bytes that are waiting for their commit cannot become the next version. */
export interface StaleCommit extends Omit<Stale, 'mergeable'> {
  /** Contents: what they were made from, and what stands in their way. */
  readonly base: number | null;
  readonly theirs: number | null;
  readonly theirsSeq: number | null;
}

/** Whether the content that the bytes were written over has been replaced by another one. */
export const isOvertaken = (inode: Inode, { basis, isEdited }: WorkingState): boolean =>
  basis !== null && isEdited && inode.version !== null && inode.content !== basis;

/**
 * Whether committing a part would clobber what another session wrote since it was begun. Appended bytes never do:
 * they go behind whatever is there.
 */
export function findStale(
  context: OperationContext,
  inode: Inode,
  entry: Entry,
  { state, part }: Pending,
): StaleCommit | null {
  if (inode.memory === null) return findStaleSuccessor(context, entry, part.actor);
  if (!part.edits || !isOvertaken(inode, state)) return null;
  return {
    cause: 'another session has changed it while this one was writing',
    known: context.workspace.memories.newestWith(inode.memory, state.basis),
    base: state.basis,
    theirs: inode.content,
    theirsSeq: inode.version,
  };
}

/** A new file that would go on with the memory which has just left its name. */
function findStaleSuccessor(context: OperationContext, entry: Entry, actor: Actor): StaleCommit | null {
  const departed = departedMemory(context, entry, actor);
  const known = departed === null ? null : departedStale(context, departed, actor);
  if (departed === null || known === null) return null;
  return {
    cause: 'another session has changed it since this session read it',
    known,
    base: context.workspace.records.get(known)?.content ?? null,
    theirs: departedContent(context, departed),
    theirsSeq: departed.last.seq,
  };
}
