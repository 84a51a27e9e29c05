import type { Actor } from '../../core/model.js';
import type { Inode } from '../store/inode.js';
import type { OperationContext } from '../store/operation.js';
import type { WorkingState } from '../store/working-state.js';
import type { Workspace } from '../store/workspace.js';

/** Bytes that a handle appends. */
export interface Append {
  readonly handle: number;
  /** Where the kernel took the end of the file to be. */
  readonly offset: number;
  /**
   * The thread whose write(2) may have more to come, -1 for one that is not known; 0: this was all of it. Absent in
   * frames of an engine that did not tell handles apart.
   */
  readonly thread?: number;
}

/** Bytes written with O_APPEND are the handle's: they find their place when that is flushed. */
export function append(
  context: OperationContext,
  inode: Inode,
  actor: Actor,
  args: Append,
  data: Buffer,
): void {
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

/** A change behind the last byte puts an end to appends: what they did is in place from now on. */
export function settleBefore(workspace: Workspace, state: WorkingState, end: number): void {
  if (end <= state.size) return;
  for (const { handle: id } of state.appended.tails) {
    const handle = workspace.handles.get(id);
    if (handle !== undefined) workspace.setEdited(handle);
  }
  state.settle();
}
