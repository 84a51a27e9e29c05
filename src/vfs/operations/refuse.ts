import { asMemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { Content } from '../../journal/contents/contents.js';
import type { WorkingContent } from '../../journal/contents/working-content.js';
import type { Entry } from '../../journal/tree/entries.js';
import type { ReadableContent } from '../policy.js';
import { type Inode, workingOf } from '../store/inode.js';
import type { Operation, OperationContext } from '../store/operation.js';
import { judge, stored } from './judge.js';
import { mergePending } from './merge-state.js';
import { type Pending, partOf } from './parts.js';
import { staleness } from './preconditions.js';
import { findStale, type StaleCommit } from './stale-commit.js';
import { storedContent } from './stored-content.js';
import { touchDirectory } from './touch.js';

export interface Refuse {
  readonly ino: number;
  /** The call that was refused: `open`, `write`, `close`, `truncate`, `unlink`, `rename`. */
  readonly operation: string;
  /** The file that was to take its place. */
  readonly source?: number;
  /** Where the bytes of a write were to go. */
  readonly offset?: number;
  /** The handle that was closed. */
  readonly handle?: number;
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
  const part = state === undefined ? null : partOf(workspace, state, args.handle);
  const isInPlace = args.offset === undefined || part?.edits === true;
  const pending = state === undefined || part === null || !isInPlace ? null : { state, part };
  const overtaken = pending === null ? null : findStale(context, inode, entry, pending);
  const stale = overtaken ?? describe(context, inode);
  if (stale === null) return null;
  context.begin();
  const conflict = { ...args, entry, inode, stale, actor: part?.actor ?? actor };
  if (args.source !== undefined) {
    const source = workspace.inodes.get(args.source);
    const replacement = { ...conflict, actor };
    const content = storedContent(context, source);
    const isKept = content !== null && mayKeep(context, replacement, stored(workspace, content.id));
    return keep(context, replacement, isKept ? content : null);
  }
  if (args.offset === undefined && overtaken === null) return keep(context, conflict, null);
  const written = writtenOf(context, conflict, pending, args.offset, data);
  const mine = storeMine(context, conflict, written);
  if (pending !== null) giveUp(context, inode, pending.part.actor, stale);
  const number = keep(context, conflict, mine);
  if (inode.version === null && inode.working.length === 0) removeUncommitted(context, inode, entry);
  return number;
};

/** All that the writer wanted the file to hold. What others have appended stays with them. */
function writtenOf(
  context: OperationContext,
  { inode, stale }: Conflict,
  pending: Pending | null,
  offset: number | undefined,
  data: Buffer,
): WorkingContent {
  const written =
    pending === null
      ? context.workspace.contents.edit(stale.base ?? inode.content)
      : takeBack(context, inode, pending);
  if (offset !== undefined) written.write(offset, data);
  return written;
}

interface Conflict {
  readonly operation: string;
  readonly entry: Entry;
  readonly inode: Inode;
  readonly stale: StaleCommit;
  readonly actor: Actor;
}

function describe(context: OperationContext, inode: Inode): StaleCommit | null {
  const stale = staleness(context, inode, context.actor);
  if (stale === null) return null;
  const base = stale.known === null ? null : (context.workspace.records.get(stale.known)?.content ?? null);
  return { ...stale, base, theirs: inode.content, theirsSeq: inode.version };
}

/**
 * Keeps the bytes of what cannot be committed at a moment when nobody can be told; the rest goes on. Returns whether
 * that was so.
 */
export function keepOvertaken(context: OperationContext, inode: Inode, pending: Pending): boolean {
  const { workspace } = context;
  const { actor } = pending.part;
  const entry = inode.nlink === 0 ? undefined : workspace.versionedEntry(inode);
  const stale = entry === undefined ? null : findStale(context, inode, entry, pending);
  if (entry === undefined || stale === null) return false;
  if (mergePending(context, inode, pending) !== null) return false;
  context.begin();
  const conflict = { operation: 'close', entry, inode, stale, actor };
  const mine = storeMine(context, conflict, takeBack(context, inode, pending));
  giveUp(context, inode, actor, stale);
  keep(context, conflict, mine);
  if (inode.version === null && inode.working.length === 0) removeUncommitted(context, inode, entry);
  return true;
}

/** Half of a new content, whose writer cannot go on: its bytes, if any, are kept, the memory stays as it was. */
export function keepUnfinished(context: OperationContext, inode: Inode, pending: Pending): void {
  const { workspace } = context;
  const entry = workspace.versionedEntry(inode);
  if (entry === undefined) return;
  const { base } = pending.state;
  const stale = {
    cause: 'its mount ended while it was being written',
    known: inode.memory === null ? null : workspace.memories.newestWith(inode.memory, base),
    base,
    theirs: inode.content,
    theirsSeq: inode.version,
  };
  const written = takeBack(context, inode, pending);
  if (written.size === 0) written.discard();
  else {
    const conflict = { operation: 'close', entry, inode, stale, actor: pending.part.actor };
    keep(context, conflict, storeMine(context, conflict, written));
  }
  if (inode.version === null && inode.working.length === 0) removeUncommitted(context, inode, entry);
}

/** Takes a part out of the working state without committing it; the mount sees what is committed, and what is left. */
export function takeBack(context: OperationContext, inode: Inode, { state, part }: Pending): WorkingContent {
  const { contents } = context.workspace;
  const written = state.take(part, inode.content);
  if (state.isEmpty) context.workspace.dropWorkingState(inode, state);
  else if (!state.isEdited) state.see(inode.content === null ? null : contents.get(inode.content));
  context.changedOwnContent(inode.ino);
  return written;
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

/** The session's next write-open fails too, until it has read what is committed. */
function giveUp(context: OperationContext, inode: Inode, actor: Actor, { known }: StaleCommit): void {
  if (known !== null && inode.memory !== null)
    context.workspace.observations.set(actor.session, inode.memory, known);
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
