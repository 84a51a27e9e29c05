import { fromBinaryString, type Operation } from '../store/operation.js';

/** Gives a path below `.memfs/` its number on this connection, which its kernel may name until it forgets it. */
export const nameControlNode: Operation<{ readonly path: string }, number> = (context, args) => {
  const { workspace, connection } = context;
  const path = fromBinaryString(args.path);
  const known = workspace.controlNodes.idOf(connection, path);
  if (known !== undefined) return known;
  context.begin();
  const id = workspace.counters.next('controlNode');
  workspace.controlNodes.add(id, connection, path);
  return id;
};

export const forgetControlNode: Operation<{ readonly id: number }, null> = (context, { id }) => {
  context.begin();
  context.mayBeLost();
  context.workspace.controlNodes.remove(id, context.connection);
  return null;
};

export interface LogMark {
  readonly view: string;
  readonly block: number;
  readonly bytes: number;
}

export const markLog: Operation<LogMark, null> = (context, { view, block, bytes }) => {
  context.begin();
  context.mayBeLost();
  context.workspace.logMarks.put(view, block, bytes);
  return null;
};

/** Lines that were measured have changed: their records lost what redaction may take away. */
export const clearLogMarks: Operation<{ readonly view: string }, null> = (context, { view }) => {
  context.begin();
  context.workspace.logMarks.clear(view);
  return null;
};
