import type { Operation as OperationName } from '../../core/model.js';
import type { Inode } from '../store/inode.js';
import type { OperationContext } from '../store/operation.js';

/** A record about a name that makes no new content. Returns its sequence number. */
export function recordName(
  context: OperationContext,
  operation: OperationName,
  inode: Inode,
  path: Buffer,
  previousPath: Buffer | null = null,
): number {
  const { workspace } = context;
  const keepsContent = operation === 'renamed' && inode.version !== null && inode.content !== null;
  const seq = workspace.records.append({
    operation,
    branch: workspace.branch.id,
    timeMs: context.now.ms,
    actor: context.actor,
    ino: inode.ino,
    memory: inode.memory,
    parent: inode.version,
    path,
    previousPath,
    content: keepsContent ? workspace.contents.get(inode.content!) : null,
    mount: context.connection,
    salt: context.salt(),
  });
  if (keepsContent) inode.version = seq;
  return seq;
}
