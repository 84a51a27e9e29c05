import type { Content, ContentId } from '../../journal/contents/contents.js';
import type { Entry } from '../../journal/tree/entries.js';
import type { ReadableContent } from '../policy.js';
import type { Inode } from '../store/inode.js';
import type { OperationContext } from '../store/operation.js';
import type { Part } from '../store/working-state.js';
import type { Workspace } from '../store/workspace.js';

export interface NextVersion {
  readonly content: ReadableContent;
  /** So many bytes at its beginning are those of what it follows. */
  readonly unchanged: number;
  readonly actor: OperationContext['actor'];
}

/** Returns the flags that the policy notes about the next version of a memory. Throws `refused_by_policy`. */
export function judge(
  context: OperationContext,
  inode: Inode,
  entry: Entry,
  { content, unchanged, actor }: NextVersion,
): readonly string[] {
  const { workspace } = context;
  if (content.size === 0) return [];
  return context.judge({
    path: workspace.pathOf(entry.parent, entry.name),
    actor,
    content,
    previous: inode.content === null ? null : stored(workspace, inode.content),
    unchanged,
  });
}

/** A content of the store, read as far as the policy wants to. */
export function stored({ contents }: Workspace, id: ContentId): ReadableContent {
  const content: Content = contents.get(id);
  return { size: content.size, read: (offset, length) => contents.read(content, offset, length) };
}

export const inMemory = (bytes: Buffer): ReadableContent => ({
  size: bytes.length,
  read: (offset, length) => [bytes.subarray(offset, offset + length)],
});

/** Returns a content with what was appended behind it. */
export function followed(before: ReadableContent, { tails, spared }: Part): ReadableContent {
  const pieces = tails.map(({ content, from }) => ({ content, from, size: content.size - from }));
  const last = pieces.at(-1);
  if (last !== undefined) last.size -= spared;
  const size = pieces.reduce((sum, piece) => sum + piece.size, before.size);
  const read = (offset: number, length: number): Uint8Array[] => {
    const end = Math.min(offset + length, size);
    const found = offset < before.size ? before.read(offset, Math.min(end, before.size) - offset) : [];
    let at = before.size;
    for (const { content, from, size: bytes } of pieces) {
      const start = Math.max(offset, at);
      const stop = Math.min(end, at + bytes);
      if (start < stop) found.push(...content.read(from + start - at, stop - start));
      at += bytes;
    }
    return found;
  };
  return { size, read };
}
