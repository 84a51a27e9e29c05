import { refusal } from '../../core/errors.js';
import type { Inode } from '../store/inode.js';
import { isDirectory } from '../store/mode.js';
import { rootIno, type Workspace } from '../store/workspace.js';

const pageEntries = 128;
const dot = Buffer.from('.');
const dotDot = Buffer.from('..');

export interface ListingSink {
  /** Absent: all are. Not asked about `.` and `..`. */
  readonly wants?: ((name: Buffer) => boolean) | undefined;
  /** Returns false when the entry did not fit. Offsets 1 and 2 are `.` and `..`. */
  add(name: Buffer, inode: Inode, nextOffset: number): boolean;
}

/**
 * Lists a directory from an offset. The offset of an entry is its id plus 2: persistent and growing, so that
 * listing goes on rightly while entries come and go, and after a restart of the engine.
 */
export function fillDirectory(workspace: Workspace, ino: number, offset: number, sink: ListingSink): void {
  const directory = workspace.inodes.get(ino);
  if (!isDirectory(directory.mode)) throw refusal('not_a_directory', 'not a directory');
  if (offset < 1 && !sink.add(dot, directory, 1)) return;
  if (offset < 2 && !sink.add(dotDot, parentOf(workspace, directory), 2)) return;
  workspace.inodes.trim();
  for (let after = Math.max(0, offset - 2); ; ) {
    const page = workspace.entries.list(ino, after, pageEntries);
    for (const entry of page) {
      const isWanted = sink.wants?.(entry.name) !== false;
      if (isWanted && !sink.add(entry.name, workspace.inodes.get(entry.ino), entry.id + 2)) return;
      after = entry.id;
    }
    if (page.length < pageEntries) return;
  }
}

function parentOf(workspace: Workspace, directory: Inode): Inode {
  if (directory.ino === rootIno) return directory;
  const [entry] = workspace.entries.ofInode(directory.ino);
  return entry === undefined ? directory : workspace.inodes.get(entry.parent);
}
