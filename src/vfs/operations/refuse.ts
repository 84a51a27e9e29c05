import { asMemfsError } from '../../core/errors.js';
import type { Content } from '../../journal/contents.js';
import type { Entry } from '../../journal/entries.js';
import type { WorkingContent } from '../../journal/working-content.js';
import type { ReadableContent } from '../policy.js';
import { type Inode, type WorkingState, workingOf } from '../store/inode.js';
import type { Operation, OperationContext } from '../store/operation.js';
import { judge, stored } from './judge.js';
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
    const replacement = { ...conflict, actor };
    const content = storedContent(context, source);
    const isKept = content !== null && mayKeep(context, replacement, stored(workspace, content.id));
    return keep(context, replacement, isKept ? content : null);
  }
  if (args.offset === undefined && overtaken === null) return keep(context, conflict, null);
  const written = state?.content ?? workspace.contents.edit(stale.base ?? inode.content);
  if (args.offset !== undefined) written.write(args.offset, data);
  const mine = storeMine(context, conflict, written);
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
  const conflict = { operation: 'close', entry, inode, stale, actor: state.actor };
  const mine = storeMine(context, conflict, state.content);
  giveUp(context, inode, state, stale);
  keep(context, conflict, mine);
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
    known: inode.memory === null ? null : workspace.memories.newestWith(inode.memory, state.base),
    base: state.base,
    theirs: inode.content,
    theirsSeq: inode.version,
  };
  if (state.content.size === 0) state.content.discard();
  else {
    const conflict = { operation: 'close', entry, inode, stale, actor: state.actor };
    keep(context, conflict, storeMine(context, conflict, state.content));
  }
  if (inode.version === null) removeUncommitted(context, inode, entry);
}

/** What the policy does not let into history does not get there as a conflict either. */
function storeMine(context: OperationContext, conflict: Conflict, written: WorkingContent): Content | null {
  if (mayKeep(context, conflict, written)) return context.workspace.contents.commit(written);
  written.discard();
  return null;
}

function mayKeep(
  context: OperationContext,
  { inode, entry, actor }: Conflict,
  content: ReadableContent,
): boolean {
  try {
    judge(context, inode, entry, { content, unchanged: 0, actor });
    return true;
  } catch (thrown) {
    if (asMemfsError(thrown).code !== 'refused_by_policy') throw thrown;
    return false;
  }
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
  touchDirectory(context, workspace.inodes.get(entry.parent), entry.name);
  context.changedOwnName(entry.parent, entry.name);
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
