import { type Inode, workingOf } from '../store/inode.js';
import { isRegular } from '../store/mode.js';
import type { Operation, OperationContext } from '../store/operation.js';
import { commitFile, commitOrKeep, commitPart, commitPartOrKeep } from './commit.js';
import { alone, partOf, sparing } from './parts.js';
import { segmentsInUse } from './segments-in-use.js';

export interface Commit {
  readonly ino: number;
  /** The handle that is flushed; absent: what was changed in place, by whomever. */
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
    if (open !== undefined && part?.edits && !state.isEdited) workspace.setEdited(open, false);
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
