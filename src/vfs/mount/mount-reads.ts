import { refusal } from '../../core/errors.js';
import { readContent } from '../operations/data.js';
import type { Moment } from '../store/clock.js';
import { type Inode, sizeFor, workingOf } from '../store/inode.js';
import type { Workspace } from '../store/workspace.js';
import type { MountView } from '../store.js';

const relatimeSeconds = 86_400;
const seekData = 3;
const seekHole = 4;

/** Reads contents for one mount: its own working states, else what is committed. */
export class MountReads {
  readonly #workspace: Workspace;
  readonly #view: MountView;
  readonly #now: () => Moment;

  constructor(workspace: Workspace, view: MountView, now: () => Moment) {
    this.#workspace = workspace;
    this.#view = view;
    this.#now = now;
  }

  read(inode: Inode, offset: number, size: number): readonly Uint8Array[] {
    this.#touchRead(inode);
    return readContent(this.#workspace, inode, this.#view.connection, offset, size);
  }

  /** relatime and lazytime (mount(8)): in memory, and stored only when the inode is for another reason. */
  #touchRead(inode: Inode): void {
    if (this.#view.scope.mode === 'read_only') return;
    const now = this.#now();
    const readSince = inode.atime_sec + inode.atime_nsec / 1e9;
    const isFresh =
      readSince > inode.mtime_sec + inode.mtime_nsec / 1e9 &&
      readSince > inode.ctime_sec + inode.ctime_nsec / 1e9;
    if (isFresh && now.sec - inode.atime_sec < relatimeSeconds) return;
    inode.atime_sec = now.sec;
    inode.atime_nsec = now.nsec;
  }

  /** `whence`: SEEK_DATA 3 or SEEK_HOLE 4 (lseek(2)). */
  seek(ino: number, offset: number, whence: number): number {
    const inode = this.#workspace.inodes.get(ino);
    const size = sizeFor(inode, this.#view.connection);
    if (whence !== seekData && whence !== seekHole) throw refusal('invalid', `lseek whence ${whence}`);
    if (offset < 0 || offset >= size) throw refusal('no_such_extent', 'beyond the end of the file');
    const content = workingOf(inode, this.#view.connection) ?? this.#workspace.contents.edit(inode.content);
    const found = content.seek(offset, whence === seekData ? 'data' : 'hole');
    if (whence === seekData && found === size) throw refusal('no_such_extent', 'no data behind this offset');
    return found;
  }
}
