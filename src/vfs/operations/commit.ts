import type { Content } from '../../journal/contents.js';
import type { Entry } from '../../journal/entries.js';
import { operations as operationNames } from '../../journal/records.js';
import type { Segments } from '../../journal/segments.js';
import { type Inode, type WorkingState, workingOf } from '../inode.js';
import type { OperationContext } from '../operation.js';
import { mainBranch, type Workspace } from '../workspace.js';
import { recordName } from './record-name.js';

/** A name that is taken again by the same session within this time goes on with the memory that it had. */
const identityMs = 10_000;

/**
 * Makes a version of what one mount has written to a file: ONE version, none when the content is equal.
 * A file without a name makes none (until it gets one); an unversioned file is only stored.
 */
export function commitFile(context: OperationContext, inode: Inode, connection = context.connection): void {
  const state = workingOf(inode, connection);
  if (state === undefined && inode.version !== null) return;
  if (inode.nlink === 0) return;
  const entry = context.workspace.versionedEntry(inode);
  if (entry === undefined) commitUnversioned(context, inode, state);
  else commitVersioned(context, inode, state, entry);
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

/** Working states of other mounts were begun from a content that is about to go; they still read its segments. */
export const segmentsInUse = (inode: Inode): Segments =>
  inode.working.flatMap(({ content }) => content.inUse());

function commitVersioned(
  context: OperationContext,
  inode: Inode,
  state: WorkingState | undefined,
  entry: Entry,
): void {
  const { workspace } = context;
  context.begin();
  const replaced = inode.content;
  const content = contentToCommit(context, inode, state);
  if (state !== undefined) workspace.dropWorkingState(inode, state);
  if (inode.version !== null && content.id === inode.content) return;
  if (inode.memory === null) inheritMemory(context, inode, entry);
  setContent(context, inode, content);
  if (state !== undefined && replaced !== null)
    workspace.contents.discard(replaced, [...content.segments, ...segmentsInUse(inode)]);
  recordContent(context, inode, entry, content, state?.actor ?? context.actor);
}

function contentToCommit(
  { workspace }: OperationContext,
  inode: Inode,
  state: WorkingState | undefined,
): Content {
  if (state !== undefined) return commitRebased(workspace, inode, state);
  if (inode.content !== null) return workspace.contents.adopt(inode.content, segmentsInUse(inode));
  return workspace.contents.commit(workspace.contents.edit(null));
}

/** Appended bytes go after whatever the head is now; everything else replaces it. */
function commitRebased(workspace: Workspace, inode: Inode, state: WorkingState): Content {
  const { content, appendedTo, base } = state;
  if (appendedTo === null || inode.content === base || inode.content === null)
    return workspace.contents.commit(content);
  const rebased = workspace.contents.edit(inode.content);
  for (const piece of content.read(appendedTo, content.size - appendedTo)) rebased.write(rebased.size, piece);
  content.discard();
  return workspace.contents.commit(rebased);
}

function setContent(context: OperationContext, inode: Inode, content: Content): void {
  inode.content = content.id;
  inode.size = content.size;
  context.workspace.inodes.changed(inode);
  context.changedContent(inode.ino);
}

/** One record for a new state of a memory; the names that were waiting for it become part of history. */
export function recordContent(
  context: OperationContext,
  inode: Inode,
  entry: Entry,
  content: Content,
  actor = context.actor,
): void {
  const { workspace } = context;
  const memory = inode.memory ?? workspace.counters.next('memory');
  const seq = workspace.records.append({
    operation: inode.version === null ? 'created' : 'modified',
    branch: mainBranch,
    timeMs: context.now.ms,
    actor,
    ino: inode.ino,
    memory,
    parent: inode.version,
    path: workspace.pathOf(entry.parent, entry.name),
    previousPath: null,
    content,
    mount: context.connection,
    salt: context.salt(),
  });
  inode.memory = memory;
  inode.version = seq;
  inode.since ??= seq;
  workspace.inodes.changed(inode);
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

/**
 * An editor that moves the old file to a backup name and writes a new one (vim), or removes it first (git), is
 * still changing the same memory. Whatever holds the old inode now gets an identity of its own.
 */
function inheritMemory(context: OperationContext, inode: Inode, entry: Entry): void {
  const { workspace, actor, now } = context;
  const departed = workspace.entries.departed(entry.parent, entry.name);
  if (departed === undefined || departed.memory === null) return;
  const last = workspace.records.get(departed.to_seq);
  if (last === undefined || last.session !== actor.session || now.ms - last.time_ms > identityMs) return;
  if (last.memory !== departed.memory || workspace.records.newestOf(departed.memory) !== last.seq) return;
  const operation = operationNames[last.operation];
  if (operation === 'renamed') {
    if (!separate(context, workspace.inodes.find(last.ino), departed.memory)) return;
  } else if (operation !== 'deleted') return;
  inode.memory = departed.memory;
  inode.version = last.seq;
}

/** Whether the memory is free now; a holder with several names keeps it. */
function separate(context: OperationContext, holder: Inode | undefined, memory: number): boolean {
  const { workspace } = context;
  if (holder === undefined || holder.memory !== memory || holder.content === null) return false;
  const [entry, ...others] = workspace.entries.ofInode(holder.ino);
  if (entry === undefined || others.length > 0) return false;
  holder.memory = null;
  holder.version = null;
  const content = workspace.contents.get(holder.content);
  recordContent(context, holder, entry, content);
  workspace.entries.end(entry, holder.version);
  workspace.entries.add(entry.parent, entry.name, holder.ino, holder.memory, holder.version);
  return true;
}
