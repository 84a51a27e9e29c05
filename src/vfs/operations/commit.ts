import { asMemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { Content } from '../../journal/contents/contents.js';
import type { WorkingContent } from '../../journal/contents/working-content.js';
import type { Entry } from '../../journal/tree/entries.js';
import { type Inode, workingOf } from '../store/inode.js';
import type { OperationContext } from '../store/operation.js';
import type { Part, WorkingState } from '../store/working-state.js';
import { type Departed, departedMemory } from './inherit.js';
import { followed, inMemory, judge, type NextVersion, stored } from './judge.js';
import { mergePending } from './merge-state.js';
import { type Pending, partsOf } from './parts.js';
import { advance, conflict } from './preconditions.js';
import { recordName } from './record-name.js';
import { keepOvertaken } from './refuse.js';
import { giveUpByPolicy } from './refuse-by-policy.js';
import { segmentsInUse } from './segments-in-use.js';
import { findStale } from './stale-commit.js';
import { replaceContent } from './stored-content.js';

/**
 * Makes a version of each part of what one mount has written to a file, none where the content is equal. A file
 * without a name makes none (until it gets one); an unversioned file is only stored.
 *
 * Throws `conflict` before anything has changed when the commit would clobber what another session wrote and
 * the two cannot be merged.
 */
export function commitFile(context: OperationContext, inode: Inode, connection = context.connection): void {
  const state = workingOf(inode, connection);
  if (state === undefined) commitNew(context, inode);
  else for (const part of partsOf(state)) commitPart(context, inode, state, part);
}

/** A new file that nobody has written to is a version too. */
export function commitNew(context: OperationContext, inode: Inode): void {
  if (inode.version !== null || inode.nlink === 0) return;
  const entry = context.workspace.versionedEntry(inode);
  if (entry !== undefined) commitVersioned(context, inode, entry, null);
}

/** Makes ONE version of a part. */
export function commitPart(context: OperationContext, inode: Inode, state: WorkingState, part: Part): void {
  if (inode.nlink === 0) return;
  const entry = context.workspace.versionedEntry(inode);
  if (entry === undefined) commitUnversioned(context, inode, { state, part });
  else commitVersioned(context, inode, entry, { state, part });
}

/** The same at a moment when nobody can be told: what is refused is noted, and the commit given up. */
export function commitOrKeep(context: OperationContext, inode: Inode, connection: number): void {
  const state = workingOf(inode, connection);
  if (state === undefined) commitNew(context, inode);
  else for (const part of partsOf(state)) commitPartOrKeep(context, inode, state, part);
}

export function commitPartOrKeep(
  context: OperationContext,
  inode: Inode,
  state: WorkingState,
  part: Part,
): void {
  if (keepOvertaken(context, inode, { state, part })) return;
  try {
    commitPart(context, inode, state, part);
  } catch (thrown) {
    const error = asMemfsError(thrown);
    if (error.code !== 'refused_by_policy') throw error;
    giveUpByPolicy(context, inode, { state, part }, { operation: 'close', reason: error.message });
  }
}

function commitUnversioned(context: OperationContext, inode: Inode, pending: Pending): void {
  const { contents } = context.workspace;
  context.begin();
  const replaced = inode.content;
  const working = take(context, inode, pending);
  const content = contents.commitUnversioned(working, replaced, segmentsInUse(inode));
  pending.state.follow(replaced, content);
  setContent(context, inode, content);
}

function commitVersioned(
  context: OperationContext,
  inode: Inode,
  entry: Entry,
  pending: Pending | null,
): void {
  const { workspace } = context;
  const stale = pending === null ? null : findStale(context, inode, entry, pending);
  const merged = stale === null || pending === null ? null : mergePending(context, inode, pending);
  if (stale !== null && merged === null) throw conflict(stale.cause);
  const actor = pending?.part.actor ?? context.actor;
  const flags = judge(context, inode, entry, { ...nextContent(context, inode, pending, merged), actor });
  context.begin();
  const replaced = inode.content;
  const content = contentToCommit(context, inode, pending, merged);
  pending?.state.follow(replaced, content);
  if (inode.version !== null && content.id === replaced) return;
  const departed = inode.memory === null ? departedMemory(context, entry, actor) : null;
  if (departed !== null) takeOver(context, inode, departed);
  setContent(context, inode, content);
  if (pending !== null && replaced !== null)
    workspace.contents.discard(replaced, [...content.segments, ...segmentsInUse(inode)]);
  const operation = merged !== null ? 'merged' : inode.version === null ? 'created' : 'modified';
  recordContent(context, inode, entry, content, operation, { actor, flags });
}

/** Returns the next version as the policy sees it. */
function nextContent(
  { workspace }: OperationContext,
  inode: Inode,
  pending: Pending | null,
  merged: Buffer | null,
): Omit<NextVersion, 'actor'> {
  if (merged !== null) return { content: inMemory(merged), unchanged: 0 };
  const whole = pending?.state.wholeOf(pending.part, inode.content);
  if (whole !== undefined) return { content: whole.content, unchanged: whole.from };
  const present = inode.content === null ? inMemory(nothing) : stored(workspace, inode.content);
  if (pending === null) return { content: present, unchanged: 0 };
  const { state, part } = pending;
  const before = part.edits ? state.edit() : present;
  return { content: followed(before, part), unchanged: part.edits ? 0 : before.size };
}

const nothing = Buffer.alloc(0);

function contentToCommit(
  context: OperationContext,
  inode: Inode,
  pending: Pending | null,
  merged: Buffer | null,
): Content {
  const { contents } = context.workspace;
  if (pending !== null) {
    const working = take(context, inode, pending);
    if (merged === null) return contents.commit(working);
    working.discard();
    return replaceContent(context, inode, merged);
  }
  if (inode.content !== null) return contents.adopt(inode.content, segmentsInUse(inode));
  return contents.commit(contents.edit(null));
}

/**
 * Takes a part out of the working state. What was appended is placed behind whatever is committed now; then the file
 * may not hold it where its own mount has seen it.
 */
function take(context: OperationContext, inode: Inode, { state, part }: Pending): WorkingContent {
  const { edits, tails, spared } = part;
  const sawOther = !state.isEdited && state.base !== inode.content && inode.content !== null;
  const isMoved = sawOther || spared > 0 || tails.length > 1 || !state.appended.begins(tails);
  if (!edits) state.include(part);
  const working = state.take(part, inode.content);
  if (state.isEmpty) context.workspace.dropWorkingState(inode, state);
  if (isMoved) context.changedOwnContent(inode.ino);
  return working;
}

function setContent(context: OperationContext, inode: Inode, content: Content): void {
  inode.content = content.id;
  inode.size = content.size;
  context.workspace.inodes.changed(inode);
  context.changedContent(inode.ino);
}

/** How a version came to be. */
type VersionOperation = 'created' | 'modified' | 'merged';

/** One record for a new state of a memory; the names that were waiting for it become part of history. */
export function recordContent(
  context: OperationContext,
  inode: Inode,
  entry: Entry,
  content: Content,
  operation: VersionOperation,
  { actor = context.actor, flags = [] }: { readonly actor?: Actor; readonly flags?: readonly string[] } = {},
): void {
  const { workspace } = context;
  const parent = inode.version;
  const memory = inode.memory ?? workspace.counters.next('memory');
  const seq = workspace.records.append({
    operation,
    branch: workspace.branch.id,
    timeMs: context.now.ms,
    actor,
    ino: inode.ino,
    memory,
    parent,
    path: workspace.pathOf(entry.parent, entry.name),
    previousPath: null,
    content,
    mount: context.connection,
    flags,
    salt: context.salt(),
  });
  inode.memory = memory;
  inode.version = seq;
  inode.since ??= seq;
  workspace.inodes.changed(inode);
  if (operation !== 'merged') advance(context, inode, parent, actor);
  publishNames(context, inode, entry);
}

/** The name in the record, and any other that was waiting for the first commit, become part of history. */
function publishNames(context: OperationContext, inode: Inode, recorded: Entry): void {
  const { workspace } = context;
  for (const name of workspace.entries.ofInode(inode.ino)) {
    if (name.from_seq !== null) continue;
    const parent = workspace.inodes.get(name.parent);
    if (!workspace.isVersionedName(parent, name.name, false)) continue;
    const isRecorded = name.id === recorded.id;
    const path = isRecorded ? null : workspace.pathOf(name.parent, name.name);
    const seq = path === null ? inode.version! : recordName(context, 'link', inode, path);
    workspace.entries.publish(name, inode.memory!, seq);
  }
}

/** The file goes on with the memory; whatever held it gets an identity of its own. */
function takeOver(context: OperationContext, inode: Inode, { memory, last, holder }: Departed): void {
  const { workspace } = context;
  if (holder !== null) {
    const { inode: old, entry } = holder;
    old.memory = null;
    old.version = null;
    recordContent(context, old, entry, workspace.contents.get(old.content!), 'created');
    workspace.entries.end(entry, old.version);
    workspace.entries.add(entry.parent, entry.name, old.ino, old.memory, old.version);
  }
  inode.memory = memory;
  inode.version = last.seq;
}
