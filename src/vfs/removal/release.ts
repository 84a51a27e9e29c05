import type { Actor } from '../../core/model.js';
import type { ContentId } from '../../journal/contents/contents.js';
import type { Entry } from '../../journal/tree/entries.js';
import type { Inode } from '../store/inode.js';
import type { Ledger } from '../store/ledger.js';
import { toBinaryString } from '../store/operation.js';
import type { Siblings, Workspace } from '../store/workspace.js';

/**
 * A content is about to go for good, and a branch shows it still, because it was forked before main got rid of it: there
 * the file gets what main has now, or goes as it went on main.
 */
export function releaseOnBranches(
  siblings: Siblings,
  ledger: Ledger,
  content: ContentId,
  actor: Actor,
): void {
  const origin = { connection: 0, unique: 0n, resent: false, actor };
  for (const workspace of siblings.all()) {
    if (workspace === siblings.main) continue;
    for (const inode of workspace.inodes.holding(new Set([content])))
      for (const entry of workspace.entries.ofInode(inode.ino).slice(0, 1)) {
        const { parent } = entry;
        const name = toBinaryString(entry.name);
        const present = presentOnMain(siblings.main, workspace, inode, entry);
        if (present === content) continue;
        if (present === null) ledger.run(workspace, 'unlink', origin, { parent, name });
        else {
          const { uid, gid } = inode;
          ledger.run(workspace, 'putContent', origin, { parent, name, uid, gid, content: present });
        }
      }
  }
}

function presentOnMain(
  main: Workspace,
  { records }: Workspace,
  { memory }: Inode,
  { from_seq }: Entry,
): ContentId | null {
  if (memory === null || from_seq === null || main.history.endOf(memory) !== null) return null;
  return main.history.stateOf(memory, records.head)?.content ?? null;
}
