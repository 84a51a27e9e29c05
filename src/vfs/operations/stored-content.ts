import type { Content } from '../../journal/contents/contents.js';
import type { Inode } from '../store/inode.js';
import type { OperationContext } from '../store/operation.js';
import { segmentsInUse } from './segments-in-use.js';

/** Returns the content of a file, under its hash; null while it is only being written. */
export function storedContent({ workspace }: OperationContext, inode: Inode): Content | null {
  const { contents } = workspace;
  if (inode.content !== null) inode.content = contents.adopt(inode.content, segmentsInUse(inode)).id;
  else if (inode.working.length === 0) inode.content = contents.commit(contents.edit(null)).id;
  return inode.content === null ? null : contents.get(inode.content);
}

/** The file holds something else than what was written to it, and its own mount must hear of that too. */
export function replaceContent(context: OperationContext, inode: Inode, bytes: Buffer): Content {
  const { contents } = context.workspace;
  const working = contents.edit(null);
  working.write(0, bytes);
  const content = contents.commit(working);
  inode.content = content.id;
  inode.size = content.size;
  context.changedContent(inode.ino);
  context.changedOwnContent(inode.ino);
  return content;
}
