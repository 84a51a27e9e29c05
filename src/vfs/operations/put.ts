import { refusal } from '../../core/errors.js';
import type { Timestamp } from '../../core/model.js';
import type { Inode } from '../store/inode.js';
import { FileType, isRegular } from '../store/mode.js';
import { fromBinaryString, type Operation, type OperationContext } from '../store/operation.js';
import { commitFile, recordContent } from './commit.js';
import { checkName, makeInode } from './namespace.js';
import { refuseReplacement } from './preconditions.js';
import { touchChange, touchDirectory } from './touch.js';

/** A whole file, from outside any mount: made or replaced in one step. */
export interface PutFile {
  readonly parent: number;
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits; absent: those that it has, or 0644. */
  readonly mode?: number;
  readonly mtime?: Timestamp;
}

export const putFile: Operation<PutFile, number> = (context, args, data) => {
  const { workspace, connection, actor, now } = context;
  if (data.length > workspace.maxFileBytes)
    throw refusal('too_large', `a file may have ${workspace.maxFileBytes} bytes at most`);
  const inode = fileAt(context, args);
  const content = workspace.edit(inode, connection, actor, now.ms);
  content.truncate(0);
  content.write(0, data);
  touchFile(context, inode, args.mtime ?? now);
  if (args.mode !== undefined) inode.mode = FileType.regular | args.mode;
  commitFile(context, inode);
  return inode.ino;
};

export interface PutContent extends PutFile {
  readonly content: number;
}

/** The same with a content that the store already has. */
export const putContent: Operation<PutContent, number> = (context, args) => {
  const { workspace, now } = context;
  const inode = fileAt(context, args);
  if (inode.content === args.content && inode.version !== null) return inode.ino;
  const content = workspace.contents.get(args.content);
  inode.content = content.id;
  inode.size = content.size;
  touchFile(context, inode, args.mtime ?? now);
  context.changedContent(inode.ino);
  const entry = workspace.entry(args.parent, fromBinaryString(args.name));
  if (workspace.isVersioned(inode)) {
    const operation = inode.version === null ? 'created' : 'modified';
    recordContent(context, inode, entry, content, operation);
  }
  return inode.ino;
};

/** The regular file of that name, made if there is none. */
function fileAt(context: OperationContext, args: PutFile): Inode {
  const { workspace } = context;
  const name = fromBinaryString(args.name);
  checkName(name);
  const parent = workspace.directory(args.parent);
  const entry = workspace.entries.find(parent.ino, name);
  if (entry !== undefined) {
    const inode = workspace.inodes.get(entry.ino);
    if (!isRegular(inode.mode))
      throw refusal('already_exists', 'the path is taken by something that is no file');
    refuseReplacement(context, inode);
    context.begin();
    return inode;
  }
  context.begin();
  const inode = makeInode(context, parent, {
    mode: FileType.regular | (args.mode ?? 0o644),
    uid: args.uid,
    gid: args.gid,
  });
  touchDirectory(context, parent, name);
  workspace.entries.addFirst(parent.ino, name, inode.ino, null);
  return inode;
}

function touchFile(context: OperationContext, inode: Inode, mtime: Timestamp): void {
  inode.mtime_sec = mtime.sec;
  inode.mtime_nsec = mtime.nsec;
  touchChange(context, inode);
}
