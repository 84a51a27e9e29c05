import { refusal } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import { segmentBytes, storedBytesOf } from '../../journal/contents/segments.js';
import { type Inode, sizeFor, workingOf } from '../store/inode.js';
import { isDirectory, isReadable, isRegular, OpenFlag, withoutSetId } from '../store/mode.js';
import type { Operation, OperationContext } from '../store/operation.js';
import type { WorkingState } from '../store/working-state.js';
import type { Workspace, WriteHandle } from '../store/workspace.js';
import { type Append, append, settleBefore } from './append.js';
import { commitFile } from './commit.js';
import {
  conflict,
  observe,
  refuseIfStale,
  refuseReplacement,
  replacementBasis,
  seesHead,
} from './preconditions.js';
import { isOvertaken } from './stale-commit.js';

export function writeHandle(context: OperationContext, id: number): WriteHandle {
  const handle = context.workspace.handles.get(id);
  if (handle === undefined) throw refusal('bad_handle', 'not open for writing');
  return handle;
}

function checkSize(context: OperationContext, bytes: number): void {
  const limit = context.workspace.maxFileBytes;
  if (bytes > limit) throw refusal('too_large', `a file may have ${limit} bytes at most`);
}

/** Every change of content sets the times of the inode, and clears set-id bits when the kernel asks for it. */
function touchContent(context: OperationContext, inode: Inode, killPrivileges: boolean): void {
  const { now, workspace } = context;
  inode.mtime_sec = inode.ctime_sec = now.sec;
  inode.mtime_nsec = inode.ctime_nsec = now.nsec;
  if (killPrivileges) {
    inode.mode = withoutSetId(inode.mode);
    workspace.xattrs.delete(inode.ino, 'security.capability');
  }
  workspace.inodes.changed(inode);
}

export interface Open {
  readonly ino: number;
  readonly flags: number;
  readonly killPrivileges: boolean;
  /** With O_TRUNC: an append is under way, and so comes after it. */
  readonly duringAppend?: true;
}

/** open(2) for writing. O_TRUNC takes effect at once in the mount and becomes a version at FLUSH. */
export const openForWriting: Operation<Open, number> = (context, { ino, flags, killPrivileges, ...args }) => {
  const { workspace, connection, actor } = context;
  const inode = workspace.inodes.get(ino);
  if (isDirectory(inode.mode)) throw refusal('is_a_directory', 'a directory cannot be written');
  const truncates = (flags & OpenFlag.truncate) !== 0;
  const reads = isReadable(flags) && !truncates;
  if (truncates) refuseReplacement(context, inode);
  else if (!reads && !(flags & OpenFlag.append)) refuseIfStale(context, inode);
  context.begin();
  if (reads && seesHead(inode, connection)) observe(context, inode, actor);
  const handle = workspace.openHandle({ connection, ino, flags, actor });
  if (truncates) {
    empty(context, inode, actor, args.duringAppend);
    workspace.setEdited(handle);
    touchContent(context, inode, killPrivileges);
  }
  return handle.id;
};

/** The working state, to be changed in place; without a precondition it may find anything when it is committed. */
function edit(context: OperationContext, inode: Inode, actor: Actor): WorkingState {
  const { workspace, connection, now, rules } = context;
  const state = workspace.edit(inode, connection, actor, now.ms);
  if (rules.precondition === 'off') state.basis = null;
  return state;
}

/** Whether somebody has begun to change the file, not only to append to it. */
const isInPlace = (state: WorkingState): boolean => state.isEdited || state.appended.of(0) !== undefined;

/** Cuts to nothing: what follows may depend on nothing that is there. */
function empty(context: OperationContext, inode: Inode, actor: Actor, duringAppend = false): void {
  const { workspace, connection, now } = context;
  const known = workingOf(inode, connection);
  const isNew = known === undefined || !isInPlace(known);
  const basis = isNew ? replacementBasis(context, inode, actor) : null;
  const state = workspace.edit(inode, connection, actor, now.ms);
  state.empty(duringAppend ? (state.underWay?.bytes ?? 0) : 0);
  if (isNew) state.basis = basis;
}

/** The file was empty when it was made through this handle; what others have committed since is not to shine through. */
function isOvertakenCreation(
  { workspace, connection }: OperationContext,
  inode: Inode,
  handle: WriteHandle | undefined,
): boolean {
  if (handle === undefined || !(handle.flags & OpenFlag.create) || inode.memory === null) return false;
  if (workingOf(inode, connection) !== undefined) return false;
  return !workspace.memories.hasVersionThrough(inode.memory, connection);
}

/** Before a change that is no append, when it would clobber what another session wrote. */
function refuseIfOvertaken(context: OperationContext, inode: Inode, actor: Actor): void {
  const { rules, connection } = context;
  if (rules.precondition === 'off' || inode.version === null || inode.nlink === 0) return;
  const state = workingOf(inode, connection);
  if (state === undefined || !isInPlace(state) || state.actor.session !== actor.session)
    refuseIfStale(context, inode, actor);
  else if (isOvertaken(inode, state) && rules.onConflict === 'refuse')
    throw conflict('another session has changed it while this one was writing');
}

/** `offset` is where the bytes go, unless they are appended; `thread` is of appends only. */
export interface Write extends Append {
  readonly ino: number;
  readonly append: boolean;
  readonly killPrivileges: boolean;
}

export const write: Operation<Write, number> = (context, args, data) => {
  const { workspace, connection } = context;
  const inode = workspace.inodes.get(args.ino);
  // Pages written back after the last close carry a handle that may be gone: the bytes are still the file's.
  const handle = workspace.handles.get(args.handle);
  const actor = handle?.actor ?? context.actor;
  const offset = args.append ? sizeFor(inode, connection) : args.offset;
  checkSize(context, offset + data.length);
  if (args.append) append(context, inode, actor, args, data);
  else {
    refuseIfOvertaken(context, inode, actor);
    context.begin();
    if (isOvertakenCreation(context, inode, handle)) empty(context, inode, actor);
    const state = edit(context, inode, actor);
    settleBefore(workspace, state, offset + data.length);
    state.write(offset, data);
    if (handle !== undefined) workspace.setEdited(handle);
  }
  if (handle !== undefined) handle.written = true;
  touchContent(context, inode, args.killPrivileges);
  return data.length;
};

export interface Truncate {
  readonly ino: number;
  readonly size: number;
  readonly handle: number | null;
  readonly killPrivileges: boolean;
}

/** ftruncate(2), or truncate(2), which no FLUSH follows: it is committed at once unless a writer will do so. */
export function truncate(context: OperationContext, args: Truncate): void {
  const { workspace, connection } = context;
  const inode = workspace.inodes.get(args.ino);
  if (isDirectory(inode.mode)) throw refusal('is_a_directory', 'a directory has no content');
  if (!isRegular(inode.mode)) throw refusal('invalid', 'only a regular file has a size');
  checkSize(context, args.size);
  const handle = args.handle === null ? undefined : workspace.handles.get(args.handle);
  const actor = handle?.actor ?? context.actor;
  const state = workingOf(inode, connection);
  if (args.size === 0 && (state === undefined || !isInPlace(state))) refuseReplacement(context, inode, actor);
  else refuseIfOvertaken(context, inode, actor);
  context.begin();
  if (args.size === 0) empty(context, inode, actor);
  else {
    const state = edit(context, inode, actor);
    settleBefore(workspace, state, args.size);
    state.truncate(args.size);
  }
  if (handle !== undefined) handle.written = true;
  const writers = handle === undefined ? workspace.handlesOf(inode.ino, connection) : [handle];
  for (const writer of writers) workspace.setEdited(writer);
  touchContent(context, inode, args.killPrivileges);
  if (inode.writers === 0) commitFile(context, inode);
}

const keepSize = 1;
const punchHole = 2;
const zeroRange = 16;

export interface Allocate {
  readonly ino: number;
  readonly handle: number;
  readonly offset: number;
  readonly length: number;
  readonly mode: number;
}

/** fallocate(2): extend, KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE. Space is never reserved. */
export const allocate: Operation<Allocate, null> = (context, { ino, handle, offset, length, mode }) => {
  const { workspace } = context;
  const known = mode === 0 || mode === keepSize || mode === (punchHole | keepSize);
  if (!known && (mode & ~keepSize) !== zeroRange) throw refusal('unsupported', `fallocate mode ${mode}`);
  const inode = workspace.inodes.get(ino);
  const open = writeHandle(context, handle);
  checkSize(context, offset + length);
  if (mode === keepSize) return null;
  refuseIfOvertaken(context, inode, open.actor);
  context.begin();
  const state = edit(context, inode, open.actor);
  open.written = true;
  workspace.setEdited(open);
  if (!(mode & keepSize)) settleBefore(workspace, state, offset + length);
  if (mode & (punchHole | zeroRange)) state.zero(offset, length);
  if (!(mode & keepSize) && offset + length > state.size) state.truncate(offset + length);
  touchContent(context, inode, true);
  return null;
};

export interface CopyRange {
  readonly from: { readonly ino: number; readonly offset: number };
  readonly to: { readonly ino: number; readonly handle: number; readonly offset: number };
  readonly length: number;
}

export const copyRange: Operation<CopyRange, number> = (context, { from, to, length }) => {
  const { workspace, connection } = context;
  const source = workspace.inodes.get(from.ino);
  const target = workspace.inodes.get(to.ino);
  const open = writeHandle(context, to.handle);
  const bytes = Buffer.concat(readContent(context.workspace, source, connection, from.offset, length));
  checkSize(context, to.offset + bytes.length);
  if (bytes.length === 0) return 0;
  refuseIfOvertaken(context, target, open.actor);
  context.begin();
  const state = edit(context, target, open.actor);
  settleBefore(workspace, state, to.offset + bytes.length);
  state.write(to.offset, bytes);
  open.written = true;
  workspace.setEdited(open);
  touchContent(context, target, true);
  return bytes.length;
};

/** Bytes that are not in a hole: `st_blocks` comes from it, and tools take a smaller figure for a sparse file. */
export function storedBytes({ contents }: Workspace, inode: Inode, connection: number, size: number): number {
  if (size <= segmentBytes && inode.working.length === 0) return size;
  const state = workingOf(inode, connection);
  if (state !== undefined) return state.storedBytes();
  if (inode.content === null) return size;
  return storedBytesOf(contents.get(inode.content).segments, size);
}

/** Returns what one mount reads: its own working state, else the committed content. */
export function readContent(
  workspace: Workspace,
  inode: Inode,
  connection: number,
  offset: number,
  length: number,
): readonly Uint8Array[] {
  const state = workingOf(inode, connection);
  if (state !== undefined) return state.read(offset, length);
  if (inode.content === null) return [];
  return workspace.contents.read(workspace.contents.get(inode.content), offset, length);
}
