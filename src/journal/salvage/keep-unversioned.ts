import { directoryType, typeMask } from './file-types.js';
import { type MendedTree, shown } from './mended-tree.js';
import type { DirectoryNode } from './tree-replay.js';
import type { EntryRow } from './wanted-tree.js';

/** Unversioned names below what is there, with what they stand for. */
export function keepUnversioned(tree: MendedTree, directory: DirectoryNode, path: string): void {
  for (const [name, entry] of tree.entries.of(directory.ino))
    if (entry.from_seq === null && !directory.names.has(name)) keep(tree, entry, `${path}/${name}`);
  for (const [name, node] of directory.names)
    if (node.kind === 'directory') keepUnversioned(tree, node, `${path}/${name}`);
}

function keep(tree: MendedTree, { id, ino }: EntryRow, path: string): void {
  const inode = tree.inodes.get(ino);
  const isThere =
    inode !== undefined && (inode.content === null || tree.content(inode.content) !== undefined);
  if (!isThere) {
    tree.noteLoss({
      kind: 'unversioned',
      what: `${shown(path)}, an unversioned file`,
      why: inode === undefined ? 'its inode is lost' : 'its content is lost',
      path: shown(path),
    });
    return;
  }
  tree.kept.add(id);
  if (tree.used.has(ino)) return;
  tree.used.add(ino);
  if ((inode.mode & typeMask) !== directoryType) return;
  for (const [name, entry] of tree.entries.of(ino)) keep(tree, entry, `${path}/${name}`);
}
