import { asMemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { Content } from '../../journal/contents.js';
import type { Entry } from '../../journal/entries.js';
import { type Inode, type WorkingState, workingOf } from '../store/inode.js';
import type { OperationContext } from '../store/operation.js';
import { type Departed, departedMemory } from './inherit.js';
import { inMemory, judge, type NextVersion, stored } from './judge.js';
import { mergeWorkingState } from './merge-state.js';
import { advance, conflict } from './preconditions.js';
import { recordName } from './record-name.js';
import { keepOvertaken } from './refuse.js';
import { giveUpByPolicy } from './refuse-by-policy.js';
import { segmentsInUse } from './segments-in-use.js';
import { findStale } from './stale-commit.js';
import { replaceContent } from './stored-content.js';

/**
 * Makes a version of what one mount has written to a file: ONE version, none when the content is equal.
 * A file without a name makes none (until it gets one); an unversioned file is only stored.
 *
 * Throws `conflict` before anything has changed when the commit would clobber what another session wrote and
 * the two cannot be merged.
 */
export function commitFile(context: OperationContext, inode: Inode, connection = context.connection): void {
  const state = workingOf(inode, connection);
  if (state === undefined && inode.version !== null) return;
  if (inode.nlink === 0) return;
  const entry = context.workspace.versionedEntry(inode);
  if (entry === undefined) commitUnversioned(context, inode, state);
  else commitVersioned(context, inode, state, entry);
}

/** The same at a moment when nobody can be told: what is refused is noted, and the commit given up. */
export function commitOrKeep(context: OperationContext, inode: Inode, connection: number): void {
  const state = workingOf(inode, connection);
  if (state !== undefined) keepOvertaken(context, inode, state);
  try {
    commitFile(context, inode, connection);
  } catch (thrown) {
    const error = asMemfsError(thrown);
    if (error.code !== 'refused_by_policy') throw error;
    giveUpByPolicy(context, inode, connection, { operation: 'close', reason: error.message });
  }
}

function commitUnversioned(context: OperationContext, inode: Inode, state: WorkingState | undefined): void {
  if (state === undefined) return;
  const { workspace } = context;
  context.begin();
  const replaced = inode.content;
  workspace.dropWorkingState(inode, state);
  const stillRead = segmentsInUse(inode);
  setContent(context, inode, workspace.contents.commitUnversioned(state.content, replaced, stillRead));
}

function commitVersioned(
  context: OperationContext,
  inode: Inode,
  state: WorkingState | undefined,
  entry: Entry,
): void {
  const { workspace } = context;
  const stale = findStale(context, inode, state, entry);
  const merged = stale === null || state === undefined ? null : mergeWorkingState(context, inode, state);
  if (stale !== null && merged === null) throw conflict(stale.cause);
  const actor = state?.actor ?? context.actor;
  const flags = judge(context, inode, entry, { ...nextContent(context, inode, state, merged), actor });
  context.begin();
  const replaced = inode.content;
  if (merged !== null) state!.content.discard();
  const content =
    merged === null ? contentToCommit(context, inode, state) : replaceContent(context, inode, merged);
  if (state !== undefined) workspace.dropWorkingState(inode, state);
  if (inode.version !== null && content.id === replaced) return;
  const departed = inode.memory === null ? departedMemory(context, entry, actor) : null;
  if (departed !== null) takeOver(context, inode, departed);
  setContent(context, inode, content);
  if (state !== undefined && replaced !== null)
    workspace.contents.discard(replaced, [...content.segments, ...segmentsInUse(inode)]);
  const operation = merged !== null ? 'merged' : inode.version === null ? 'created' : 'modified';
  recordContent(context, inode, entry, content, operation, { actor, flags });
}

/** What is about to become the next version, as the policy sees it. */
function nextContent(
  { workspace }: OperationContext,
  inode: Inode,
  state: WorkingState | undefined,
  merged: Buffer | null,
): Omit<NextVersion, 'actor'> {
  if (merged !== null) return { content: inMemory(merged), unchanged: 0 };
  if (state !== undefined) return { content: state.content, unchanged: state.appendedTo ?? 0 };
  return {
    content: inode.content === null ? inMemory(nothing) : stored(workspace, inode.content),
    unchanged: 0,
  };
}

const nothing = Buffer.alloc(0);

function contentToCommit(context: OperationContext, inode: Inode, state: WorkingState | undefined): Content {
  const { workspace } = context;
  if (state !== undefined) return commitRebased(context, inode, state);
  if (inode.content !== null) return workspace.contents.adopt(inode.content, segmentsInUse(inode));
  return workspace.contents.commit(workspace.contents.edit(null));
}

/** Appended bytes go after whatever the head is now; everything else replaces it. */
function commitRebased(context: OperationContext, inode: Inode, state: WorkingState): Content {
  const { workspace } = context;
  const { content, appendedTo, base } = state;
  if (appendedTo === null || inode.content === base || inode.content === null)
    return workspace.contents.commit(content);
  const rebased = workspace.contents.edit(inode.content);
  for (const piece of content.read(appendedTo, content.size - appendedTo)) rebased.write(rebased.size, piece);
  content.discard();
  context.changedOwnContent(inode.ino);
  return workspace.contents.commit(rebased);
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
