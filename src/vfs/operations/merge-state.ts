import type { ContentId, ContentStore } from '../../journal/contents/contents.js';
import { maxMergeBytes, mergeLines } from '../merge.js';
import type { Inode } from '../store/inode.js';
import type { OperationContext } from '../store/operation.js';
import type { Workspace } from '../store/workspace.js';
import { followed } from './judge.js';
import type { Pending } from './parts.js';
import type { Stale } from './preconditions.js';

/** Both sides of an overtaken write in one text; null: the mount does not ask for it, or they contradict each other. */
export function mergePending(
  { workspace, rules }: OperationContext,
  inode: Inode,
  { state, part }: Pending,
): Buffer | null {
  const { basis } = state;
  if (rules.onConflict !== 'merge' || !part.edits || basis === null || inode.content === null) return null;
  const content = followed(state.edit(), part);
  if (content.size > maxMergeBytes || inode.size > maxMergeBytes) return null;
  const mine = Buffer.concat(content.read(0, content.size));
  return mergeLines(whole(workspace.contents, basis), mine, whole(workspace.contents, inode.content));
}

/** The same of a file that is renamed over another one. */
export function mergeReplacement(
  { contents, records }: Workspace,
  { known }: Stale,
  source: Inode,
  target: Inode,
): Buffer | null {
  const base = known === null ? null : (records.get(known)?.content ?? null);
  if (base === null || source.content === null || target.content === null || source.working.length > 0)
    return null;
  if (source.size > maxMergeBytes || target.size > maxMergeBytes) return null;
  return mergeLines(whole(contents, base), whole(contents, source.content), whole(contents, target.content));
}

const whole = (contents: ContentStore, id: ContentId): Buffer =>
  Buffer.concat([...contents.chunks(contents.get(id))]);
