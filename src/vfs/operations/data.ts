import { refusal } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import { segmentBytes, storedBytesOf } from '../../journal/segments.js';
import { type Inode, sizeFor, workingOf } from '../store/inode.js';
import { isDirectory, isReadable, isRegular, OpenFlag, withoutSetId } from '../store/mode.js';
import type { Operation, OperationContext } from '../store/operation.js';
import type { WorkingState } from '../store/working-state.js';
import type { Workspace, WriteHandle } from '../store/workspace.js';
import { commitFile, commitOrKeep, commitPart, commitPartOrKeep } from './commit.js';
import { alone, partOf, sparing } from './parts.js';
import {
  conflict,
  observe,
  refuseIfStale,
  refuseReplacement,
  replacementBasis,
  seesHead,
} from './preconditions.js';
import { segmentsInUse } from './segments-in-use.js';
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

/** What every change of content does to the inode: times, and set-id bits when the kernel asks for it. */
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
    handle.edited = true;
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

export interface Write {
  readonly ino: number;
  readonly handle: number;
  readonly offset: number;
  readonly append: boolean;
  readonly killPrivileges: boolean;
  /**
   * Of an append: the thread whose write(2) may have more to come, -1 for one that is not known; 0: this was all of
   * it. Absent in frames of an engine that did not tell handles apart.
   */
  readonly thread?: number;
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
    if (handle !== undefined) handle.edited = true;
  }
  if (handle !== undefined) handle.written = true;
  touchContent(context, inode, args.killPrivileges);
  return data.length;
};

function append(context: OperationContext, inode: Inode, actor: Actor, args: Write, data: Buffer): void {
  const { workspace, connection, now } = context;
  const { offset, thread } = args;
  context.begin();
  const state = workspace.workingState(inode, connection, actor, now.ms);
  // The kernel has put the bytes where it takes the end of the file to be.
  if (offset !== state.size && thread !== undefined) context.changedOwnContent(inode.ino);
  const handle = thread === undefined ? 0 : args.handle;
  const isBound = state.isEdited && workspace.handles.get(handle)?.edited === true;
  const tail = state.tailOf(handle, actor, isBound, inode.content);
  tail.actor = actor;
  tail.changedMs = now.ms;
  state.appended.append(tail, data);
  const { underWay } = state;
  if (thread === undefined || thread === 0) state.underWay = null;
  else {
    const goesOn = underWay?.handle === handle && underWay.thread === thread;
    state.underWay = { handle, thread, bytes: data.length + (goesOn ? underWay.bytes : 0) };
  }
}

/** What lies behind the last byte that was appended puts an end to appends: what they did is in place from now on. */
function settleBefore({ handles }: Workspace, state: WorkingState, end: number): void {
  if (end <= state.size) return;
  for (const { handle: id } of state.appended.tails) {
    const handle = handles.get(id);
    if (handle !== undefined) handle.edited = true;
  }
  state.settle();
}

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
  if (handle !== undefined) handle.written = handle.edited = true;
  else for (const open of workspace.handlesOf(inode.ino, connection)) open.edited = true;
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
  open.written = open.edited = true;
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
  open.written = open.edited = true;
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

/** What one mount reads: its own working state, else the committed content. */
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

export interface Commit {
  readonly ino: number;
  /** Whose FLUSH it is; absent: what was changed in place, by whomever. */
  readonly handle?: number;
  /** Nothing else than that. Absent in frames of an engine that committed the file as a whole. */
  readonly own?: true;
  /** Without a write(2) that is under way. */
  readonly duringAppend?: true;
}

/** FLUSH, FSYNC and the idle commit. */
export const commit: Operation<Commit, null> = (context, { ino, handle, own, duringAppend }) => {
  const { workspace, connection } = context;
  const inode = workspace.inodes.find(ino);
  const open = handle === undefined ? undefined : workspace.handles.get(handle);
  if (open !== undefined) open.written = false;
  if (inode === undefined || !isRegular(inode.mode)) return null;
  const state = workingOf(inode, connection);
  if (own === undefined || state === undefined) commitFile(context, inode);
  else {
    const part = partOf(workspace, state, handle);
    const whole = part !== null && duringAppend ? sparing(state, part) : part;
    if (whole !== null) commitPart(context, inode, state, whole);
    if (open !== undefined && part?.edits) open.edited = false;
    if (open !== undefined && state.appended.of(open.id) !== undefined) open.written = true;
  }
  return null;
};

/** The last descriptor of a handle is gone: what mmap dirtied after the last FLUSH is committed now. */
export const closeHandle: Operation<{ readonly handle: number }, null> = (context, args) => {
  const { workspace } = context;
  const handle = workspace.handles.get(args.handle);
  if (handle === undefined) return null;
  context.begin();
  workspace.closeHandle(handle);
  const inode = workspace.inodes.find(handle.ino);
  const isClean = inode?.version !== null && inode?.working.length === 0;
  if (isClean) context.mayBeLost();
  if (inode === undefined) return null;
  if (inode.nlink === 0) {
    if (inode.writers === 0) abandon(context, inode, handle.connection);
  } else if (inode.writers === 0) commitOrKeep(context, inode, handle.connection);
  else {
    const state = workingOf(inode, handle.connection);
    const tail = state?.appended.of(handle.id);
    if (state !== undefined && tail !== undefined) commitPartOrKeep(context, inode, state, alone(tail));
  }
  return null;
};

/** An inode without a name and without a writer: nobody can commit what is left of it, only read it. */
function abandon({ workspace }: OperationContext, inode: Inode, connection: number): void {
  const state = workingOf(inode, connection);
  if (state === undefined) return;
  workspace.dropWorkingState(inode, state);
  state.settle();
  const stillRead = segmentsInUse(inode);
  const content = workspace.contents.commitUnversioned(state.edit(), inode.content, stillRead);
  inode.content = content.id;
  inode.size = content.size;
  workspace.inodes.changed(inode);
}

/** Nobody knows the unnamed inode any more: it goes, with what was only its own. */
export const reclaim: Operation<{ readonly ino: number }, null> = (context, { ino }) => {
  const { workspace } = context;
  const inode = workspace.inodes.find(ino);
  if (inode === undefined || inode.nlink > 0 || inode.writers > 0) return null;
  context.begin();
  for (const state of [...inode.working]) {
    state.discard();
    workspace.dropWorkingState(inode, state);
  }
  if (inode.content !== null) workspace.contents.discard(inode.content);
  workspace.xattrs.clear(ino);
  workspace.inodes.remove(inode);
  return null;
};
