import type { Statement } from '../database.js';
import type { InodeRow } from '../tree/inodes.js';
import { directoryType, fileType, typeMask } from './file-types.js';
import { type MendedTree, shown } from './mended-tree.js';
import { type DirectoryNode, memoryOf, type TreeNode } from './tree-replay.js';

/** Writes the entries and inodes of the tree that is to be. */
export class PresentRows {
  readonly #tree: MendedTree;
  readonly #time: Statement;

  constructor(tree: MendedTree) {
    this.#tree = tree;
    this.#time = tree.parts.database.prepare('SELECT time_ms FROM records WHERE seq = ?').pluck();
  }

  write(directory: DirectoryNode, path: string): void {
    const { replay } = this.#tree.parts;
    this.#writeInode(directory, path === '' ? '/' : path);
    for (const [name, node] of directory.names) {
      const at = `${path}/${name}`;
      this.#writeEntry(directory.ino, name, node, this.#nodeAt(replay.root, at)?.since ?? node.since);
      if (node.kind === 'directory') this.write(node, at);
      else this.#writeInode(node, at);
    }
  }

  #nodeAt(root: DirectoryNode, path: string): TreeNode | undefined {
    let node: TreeNode | undefined = root;
    for (const name of path.split('/').slice(1))
      node = node?.kind === 'directory' ? node.names.get(name) : undefined;
    return node;
  }

  #writeEntry(parent: number, name: string, node: TreeNode, since: number): void {
    const { database, branch } = this.#tree.parts;
    const there = this.#tree.entries.of(parent).get(name);
    if (there?.ino === node.ino && there.from_seq !== null) {
      this.#tree.kept.add(there.id);
      if (there.memory !== memoryOf(node))
        database.prepare('UPDATE entries SET memory = ? WHERE id = ?').run(memoryOf(node), there.id);
      return;
    }
    if (there !== undefined) database.prepare('DELETE FROM entries WHERE id = ?').run(there.id);
    const { lastInsertRowid } = database
      .prepare('INSERT INTO entries (branch, parent, name, ino, memory, from_seq) VALUES (?, ?, ?, ?, ?, ?)')
      .run(branch.id, parent, Buffer.from(name, 'latin1'), node.ino, memoryOf(node), since);
    this.#tree.kept.add(Number(lastInsertRowid));
  }

  #writeInode(node: TreeNode, path: string): void {
    const { ino } = node;
    if (this.#tree.used.has(ino)) return;
    this.#tree.used.add(ino);
    const memory = memoryOf(node);
    const known = this.#tree.inodes.get(ino);
    const isRight = known !== undefined && isOfKind(known.mode, node, memory);
    const inode = isRight ? known : this.#newInode(node, path);
    if (memory === null) {
      if (!isRight) this.#tree.inodes.put(inode);
      return;
    }
    const { content } = this.#tree.holdings.get(memory)!;
    const size = content === null ? 0 : this.#tree.content(content)!.size;
    const version = this.#tree.parts.replay.newest.get(memory)!.seq;
    if (
      inode.content === content &&
      inode.version === version &&
      inode.memory === memory &&
      inode.size === size
    )
      if (isRight) return;
    this.#tree.inodes.put({ ...inode, content, size, version, memory, since: inode.since ?? version });
  }

  /** An inode in place of one that is lost, from all that is known of it. */
  #newInode(node: TreeNode, path: string): InodeRow {
    const { nowMs, records } = this.#tree.parts;
    const past = this.#tree.pastOf(node.ino);
    const owner = this.#tree.inodes.get(1);
    const newest =
      memoryOf(node) === null ? undefined : this.#tree.parts.replay.newest.get(memoryOf(node)!)?.seq;
    const timeMs = (this.#time.get(newest ?? node.since) as number | undefined) ?? nowMs;
    const [sec, nsec] = [Math.floor(timeMs / 1000), (timeMs % 1000) * 1_000_000];
    // A directory that the salvage made has none to lose.
    if (node.since <= records.head && node.since !== 0)
      this.#tree.noteLoss({
        kind: 'attributes',
        what: `${shown(path)}: mode, owner and times${past === undefined ? '' : ' since they were changed last'}`,
        why: 'its inode is lost',
        path: shown(path),
      });
    const standard = node.kind === 'directory' ? directoryType | 0o755 : fileType | 0o644;
    return {
      ino: node.ino,
      mode: past !== undefined && isOfKind(past.mode, node, memoryOf(node)) ? past.mode : standard,
      uid: past?.uid ?? owner?.uid ?? process.getuid?.() ?? 0,
      gid: past?.gid ?? owner?.gid ?? process.getgid?.() ?? 0,
      rdev: 0,
      nlink: 1,
      size: past?.target?.length ?? 0,
      atime_sec: sec,
      atime_nsec: nsec,
      mtime_sec: sec,
      mtime_nsec: nsec,
      ctime_sec: sec,
      ctime_nsec: nsec,
      content: null,
      memory: null,
      version: null,
      since: node.since,
      target: past?.target ?? null,
    };
  }
}

function isOfKind(mode: number, node: TreeNode, memory: number | null): boolean {
  const type = mode & typeMask;
  if (node.kind === 'directory') return type === directoryType;
  return memory === null ? type !== directoryType && type !== fileType : type === fileType;
}
