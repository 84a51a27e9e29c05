import type { Content } from '../../journal/contents.js';
import type { Entry } from '../../journal/entries.js';
import { type Inode, type WorkingState, workingOf } from '../store/inode.js';
import type { Operation, OperationContext } from '../store/operation.js';
import { mergeWorkingState } from './merge-state.js';
import { touchDirectory } from './namespace.js';
import { staleness } from './preconditions.js';
import { findStale, type StaleCommit } from './stale-commit.js';
import { storedContent } from './stored-content.js';

export interface Refuse {
  readonly ino: number;
  /** What was refused: `open`, `write`, `close`, `truncate`, `unlink`, `rename`. */
  readonly operation: string;
  /** The file that was to take its place. */
  readonly source?: number;
  /** Of a write: where its bytes were to go. */
  readonly offset?: number;
}

/**
 * Keeps what a refused call wanted to do: the bytes, what they were made from, and what stands in their way.
 * Returns the number of the conflict, or null when nothing stands in the way any more.
 */
export const refuse: Operation<Refuse, number | null> = (context, args, data) => {
  const { workspace, connection, actor } = context;
  const inode = workspace.inodes.get(args.ino);
  const entry = workspace.versionedEntry(inode);
  if (entry === undefined) return null;
  const state = workingOf(inode, connection);
  const overtaken = findStale(context, inode, state, entry);
  const stale = overtaken ?? describe(context, inode);
  if (stale === null) return null;
  context.begin();
  const conflict = { ...args, entry, inode, stale, actor: state?.actor ?? actor };
  if (args.source !== undefined) {
    const source = workspace.inodes.get(args.source);
    return keep(context, { ...conflict, actor }, storedContent(context, source));
  }
  if (args.offset === undefined && overtaken === null) return keep(context, conflict, null);
  const written = state?.content ?? workspace.contents.edit(stale.base ?? inode.content);
  if (args.offset !== undefined) written.write(args.offset, data);
  const mine = workspace.contents.commit(written);
  if (state !== undefined) giveUp(context, inode, state, stale);
  const number = keep(context, conflict, mine);
  if (inode.version === null) removeUncommitted(context, inode, entry);
  return number;
};

interface Conflict {
  readonly operation: string;
  readonly entry: Entry;
  readonly inode: Inode;
  readonly stale: StaleCommit;
  readonly actor: WorkingState['actor'];
}

function describe(context: OperationContext, inode: Inode): StaleCommit | null {
  const stale = staleness(context, inode, context.actor);
  if (stale === null) return null;
  const base = stale.known === null ? null : (context.workspace.records.get(stale.known)?.content ?? null);
  return { ...stale, base, theirs: inode.content, theirsSeq: inode.version };
}

/** What cannot be committed at a moment when nobody can be told: its bytes are kept, the rest goes on. */
export function keepOvertaken(context: OperationContext, inode: Inode, state: WorkingState): void {
  const entry = context.workspace.versionedEntry(inode);
  const stale = entry === undefined ? null : findStale(context, inode, state, entry);
  if (entry === undefined || stale === null) return;
  if (mergeWorkingState(context, inode, state) !== null) return;
  context.begin();
  const mine = context.workspace.contents.commit(state.content);
  giveUp(context, inode, state, stale);
  keep(context, { operation: 'close', entry, inode, stale, actor: state.actor }, mine);
  if (inode.version === null) removeUncommitted(context, inode, entry);
}

/** Half of a new content, whose writer cannot go on: its bytes, if any, are kept, the memory stays as it was. */
export function keepUnfinished(context: OperationContext, inode: Inode, state: WorkingState): void {
  const { workspace } = context;
  const entry = workspace.versionedEntry(inode);
  if (entry === undefined) return;
  workspace.dropWorkingState(inode, state);
  const stale = {
    cause: 'its mount ended while it was being written',
    known: inode.memory === null ? null : workspace.records.newestWith(inode.memory, state.base),
    base: state.base,
    theirs: inode.content,
    theirsSeq: inode.version,
  };
  if (state.content.size === 0) state.content.discard();
  else {
    const mine = workspace.contents.commit(state.content);
    keep(context, { operation: 'close', entry, inode, stale, actor: state.actor }, mine);
  }
  if (inode.version === null) removeUncommitted(context, inode, entry);
}

/** The mount sees again what is committed. The session's next write-open fails too, until it has read that. */
function giveUp(context: OperationContext, inode: Inode, state: WorkingState, { known }: StaleCommit): void {
  const { workspace } = context;
  workspace.dropWorkingState(inode, state);
  if (known !== null && inode.memory !== null)
    workspace.observations.set(state.actor.session, inode.memory, known);
  context.changedOwnContent(inode.ino);
}

/** A new file whose bytes are refused: without them it would be an empty memory that nobody asked for. */
export function removeUncommitted(context: OperationContext, inode: Inode, entry: Entry): void {
  const { workspace } = context;
  workspace.entries.end(entry, null);
  inode.nlink = 0;
  inode.versioned = undefined;
  workspace.inodes.changed(inode);
  touchDirectory(context, workspace.inodes.get(entry.parent));
}

function keep(
  { workspace, now, connection }: OperationContext,
  { operation, entry, inode, stale, actor }: Conflict,
  mine: Content | null,
): number {
  return workspace.refusals.addConflict({
    timeMs: now.ms,
    mount: connection,
    actor,
    operation,
    code: 'conflict',
    cause: stale.cause,
    path: workspace.pathOf(entry.parent, entry.name),
    ino: inode.ino,
    memory: inode.memory,
    baseSeq: stale.known,
    headSeq: stale.theirsSeq,
    base: stale.base,
    mine: mine?.id ?? null,
    theirs: stale.theirs,
  });
}

/** The conflict is settled. */
export const settleConflict: Operation<{ readonly id: number; readonly resolution: string }, null> = (
  context,
  { id, resolution },
) => {
  context.begin();
  context.workspace.refusals.resolve(id, context.now.ms, resolution);
  return null;
};
