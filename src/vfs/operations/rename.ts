import { refusal } from '../../core/errors.js';
import type { Inode } from '../store/inode.js';
import { isDirectory, isRegular } from '../store/mode.js';
import { fromBinaryString, type Operation, type OperationContext } from '../store/operation.js';
import { rootIno, type Workspace } from '../store/workspace.js';
import { recordContent } from './commit.js';
import { inMemory, judge, stored } from './judge.js';
import { mergeReplacement } from './merge-state.js';
import { checkName, removeDirectory, removeName } from './namespace.js';
import { conflict, staleness } from './preconditions.js';
import { recordName } from './record-name.js';
import { replaceContent, storedContent } from './stored-content.js';
import { touchChange, touchDirectory } from './touch.js';
import { checkZoneChange, type Place, settle } from './zones.js';

const noReplace = 1;
const exchange = 2;

export interface Rename {
  readonly parent: number;
  readonly name: string;
  readonly newParent: number;
  readonly newName: string;
  /** renameat2(2). */
  readonly flags: number;
}

export const rename: Operation<Rename, null> = (context, args) => {
  const { workspace } = context;
  if (args.flags !== 0 && args.flags !== noReplace && args.flags !== exchange)
    throw refusal('invalid', `unknown rename flags ${args.flags}`);
  const source = place(workspace, args.parent, fromBinaryString(args.name));
  const newParent = workspace.directory(args.newParent);
  const newName = fromBinaryString(args.newName);
  checkName(newName);
  const occupied = workspace.entries.find(newParent.ino, newName);
  if (occupied === undefined) {
    if (args.flags === exchange) throw refusal('not_found', 'there is nothing to exchange with');
    checkNotBelow(workspace, source.inode, newParent);
    checkZoneChange(workspace, source, newParent, newName);
    context.begin();
    move(context, source, newParent, newName);
    return null;
  }
  const target = {
    parent: newParent,
    name: newName,
    entry: occupied,
    inode: workspace.inodes.get(occupied.ino),
  };
  if (args.flags === noReplace) throw refusal('already_exists', 'the name is taken');
  if (source.inode === target.inode) return null;
  checkNotBelow(workspace, source.inode, newParent);
  if (args.flags === exchange) {
    checkNotBelow(workspace, target.inode, source.parent);
    checkZoneChange(workspace, source, target.parent, target.name);
    checkZoneChange(workspace, target, source.parent, source.name);
    context.begin();
    exchangeNames(context, source, target);
    return null;
  }
  checkReplaceable(workspace, source.inode, target.inode);
  const merged = checkOverwrite(context, source, target);
  checkZoneChange(workspace, source, newParent, newName);
  const flags = judgeReplacement(context, source, target, merged);
  context.begin();
  replace(context, source, target, { merged, flags });
  return null;
};

function place(workspace: Workspace, parentIno: number, name: Buffer): Place {
  const parent = workspace.directory(parentIno);
  const entry = workspace.entry(parent.ino, name);
  return { parent, name, entry, inode: workspace.inodes.get(entry.ino) };
}

/** A directory cannot be moved into itself or below. */
function checkNotBelow(workspace: Workspace, moved: Inode, newParent: Inode): void {
  if (!isDirectory(moved.mode)) return;
  for (let ino = newParent.ino; ; ) {
    if (ino === moved.ino) throw refusal('invalid', 'a directory cannot be moved below itself');
    if (ino === rootIno) return;
    const [entry] = workspace.entries.ofInode(ino);
    if (entry === undefined) return;
    ino = entry.parent;
  }
}

function checkReplaceable(workspace: Workspace, source: Inode, target: Inode): void {
  if (isDirectory(source.mode)) {
    if (!isDirectory(target.mode)) throw refusal('not_a_directory', 'the target is not a directory');
    if (!workspace.entries.isEmpty(target.ino))
      throw refusal('not_empty', 'the target directory is not empty');
  } else if (isDirectory(target.mode)) throw refusal('is_a_directory', 'the target is a directory');
}

/** What the two make together, when another session has changed the target and the mount asks for merges. */
function checkOverwrite(context: OperationContext, source: Place, target: Place): Buffer | null {
  const stale = staleness(context, target.inode, context.actor);
  if (stale === null) return null;
  const merged =
    stale.mergeable && isModification(source, target)
      ? mergeReplacement(context.workspace, stale, source.inode, target.inode)
      : null;
  if (merged === null) throw conflict(stale.cause);
  return merged;
}

interface Replacement {
  /** To be stored instead of the source's content. */
  readonly merged: Buffer | null;
  /** Noted by the policy. */
  readonly flags: readonly string[];
}

function judgeReplacement(
  context: OperationContext,
  source: Place,
  target: Place,
  merged: Buffer | null,
): readonly string[] {
  if (!isModification(source, target)) return [];
  const { content } = source.inode;
  if (merged === null && (content === null || content === target.inode.content)) return [];
  const next = merged === null ? stored(context.workspace, content!) : inMemory(merged);
  const { actor } = context;
  return judge(context, target.inode, target.entry, { content: next, unchanged: 0, actor });
}

function replace(context: OperationContext, source: Place, target: Place, replacement: Replacement): void {
  if (isDirectory(target.inode.mode)) {
    removeDirectory(context, target.parent, target.entry, target.inode);
    move(context, source, target.parent, target.name);
    return;
  }
  if (isModification(source, target)) modifyByRename(context, source, target, replacement);
  else {
    removeName(context, target.parent, target.entry, target.inode);
    move(context, source, target.parent, target.name);
  }
}

const isModification = (source: Place, target: Place): boolean =>
  isRegular(source.inode.mode) &&
  isRegular(target.inode.mode) &&
  source.inode.nlink === 1 &&
  target.inode.nlink === 1 &&
  target.entry.memory !== null &&
  target.entry.from_seq !== null;

/**
 * Renaming a file over an existing memory is a modification of that memory: its identity, history and blame go
 * on, while the inode is the source's, as POSIX demands.
 */
function modifyByRename(
  context: OperationContext,
  source: Place,
  target: Place,
  { merged, flags }: Replacement,
): void {
  const { workspace } = context;
  const from = source.inode;
  const to = target.inode;
  if (source.entry.from_seq !== null)
    workspace.entries.end(source.entry, recordName(context, 'deleted', from, pathOf(workspace, source)));
  else workspace.entries.end(source.entry, null);

  from.memory = to.memory;
  from.version = to.version;
  to.memory = null;
  to.version = null;
  to.nlink = 0;
  touchChange(context, to);
  workspace.expectations.delete(context.actor.session, to.ino);

  const content = merged === null ? storedContent(context, from) : replaceContent(context, from, merged);
  if (content === null || content.id === to.content) workspace.entries.redirect(target.entry, from.ino);
  else {
    recordContent(context, from, target.entry, content, merged === null ? 'modified' : 'merged', { flags });
    workspace.entries.end(target.entry, from.version);
    workspace.entries.add(target.parent.ino, target.name, from.ino, from.memory, from.version);
    if (from.version !== null) workspace.inodeTable.keepPast(to, from.version);
  }
  from.since ??= from.version;
  from.versioned = undefined;
  afterMove(context, source, target.parent, target.name);
}

const pathOf = (workspace: Workspace, { parent, name }: Place): Buffer => workspace.pathOf(parent.ino, name);

/** Moves a name to a place that is free. */
function move(context: OperationContext, source: Place, newParent: Inode, newName: Buffer): void {
  const { workspace } = context;
  const previousPath = pathOf(workspace, source);
  const directory = isDirectory(source.inode.mode);
  workspace.entries.end(source.entry, null === source.entry.from_seq ? null : workspace.records.head + 1);
  settle(context, source, newParent, newName, previousPath);
  if (directory && newParent !== source.parent) {
    source.parent.nlink--;
    newParent.nlink++;
  }
  afterMove(context, source, newParent, newName);
}

function afterMove(context: OperationContext, source: Place, newParent: Inode, newName: Buffer): void {
  touchChange(context, source.inode);
  touchDirectory(context, source.parent, source.name, isDirectory(source.inode.mode) ? source.inode : null);
  touchDirectory(context, newParent, newName);
  if (isDirectory(source.inode.mode)) context.workspace.inodes.forgetVersioned();
}

function exchangeNames(context: OperationContext, first: Place, second: Place): void {
  if (first.entry.from_seq !== null && second.entry.from_seq !== null)
    exchangeRecorded(context, first, second);
  else if (first.entry.from_seq !== null) exchangeUnrecorded(context, first, second);
  else exchangeUnrecorded(context, second, first);
  if (first.parent !== second.parent) {
    const difference = Number(isDirectory(first.inode.mode)) - Number(isDirectory(second.inode.mode));
    first.parent.nlink -= difference;
    second.parent.nlink += difference;
  }
  afterMove(context, first, second.parent, second.name);
  afterMove(context, second, first.parent, first.name);
}

/** One record for both: replayed as two, the second would take away what the first has put there. */
function exchangeRecorded(context: OperationContext, first: Place, second: Place): void {
  const { workspace } = context;
  const seq = recordName(
    context,
    'exchanged',
    first.inode,
    pathOf(workspace, second),
    pathOf(workspace, first),
  );
  workspace.entries.end(first.entry, seq);
  workspace.entries.end(second.entry, seq);
  workspace.entries.add(second.parent.ino, second.name, first.inode.ino, first.entry.memory, seq);
  workspace.entries.add(first.parent.ino, first.name, second.inode.ino, second.entry.memory, seq);
  first.inode.versioned = undefined;
  second.inode.versioned = undefined;
}

/** At least one is unversioned; `first` is the one that history knows, if there is one. */
function exchangeUnrecorded(context: OperationContext, first: Place, second: Place): void {
  const { workspace } = context;
  const firstPath = pathOf(workspace, first);
  const secondPath = pathOf(workspace, second);
  workspace.entries.end(first.entry, first.entry.from_seq === null ? null : workspace.records.head + 1);
  workspace.entries.end(second.entry, null);
  settle(context, first, second.parent, second.name, firstPath);
  settle(context, second, first.parent, first.name, secondPath);
}
