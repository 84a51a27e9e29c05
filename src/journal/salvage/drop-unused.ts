import type { InodeRow } from '../tree/inodes.js';
import type { MendedTree } from './mended-tree.js';

/** Drops the names that are not kept, and inodes that nothing leads to. */
export function dropUnused(tree: MendedTree): void {
  const { database, branch, records, isWhole } = tree.parts;
  const end = database.prepare('UPDATE entries SET to_seq = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM entries WHERE id = ?');
  for (const { id, from_seq: from } of tree.entries.all) {
    if (tree.kept.has(id)) continue;
    if (!isWhole && from !== null && from < records.head) end.run(records.head, id);
    else remove.run(id);
  }
  const rows = database
    .prepare('SELECT ino, content, nlink FROM inodes WHERE branch = ?')
    .all(branch.id) as Pick<InodeRow, 'ino' | 'content' | 'nlink'>[];
  for (const { ino, content, nlink } of rows) {
    if (tree.used.has(ino)) continue;
    const isUnversioned = content !== null && tree.content(content)?.sha256 === null;
    if (isUnversioned && nlink > 0)
      tree.noteLoss({
        kind: 'unversioned',
        what: `the name of an unversioned file (inode ${ino})`,
        why: 'nothing leads to it any more',
      });
    tree.inodes.delete(ino);
    database.prepare('DELETE FROM xattrs WHERE branch = ? AND ino = ?').run(branch.id, ino);
  }
  database
    .prepare(
      'DELETE FROM xattrs WHERE branch = @id AND ino NOT IN (SELECT ino FROM inodes WHERE branch = @id)',
    )
    .run({ id: branch.id });
}
