import { MemfsError } from '../../core/errors.js';
import type { ContentId } from '../../journal/contents.js';
import type { RecordRow } from '../../journal/records.js';
import { extentsOf, type SegmentExtents } from '../../journal/segments.js';
import type { Inode } from '../store/inode.js';
import type { Operation, OperationContext } from '../store/operation.js';
import { mainBranch, rootIno, type Workspace } from '../store/workspace.js';

export interface RemoveContents {
  readonly operation: 'redacted' | 'pruned';
  readonly contents: readonly ContentId[];
  /** The version that was named; null for the retention policy. */
  readonly version: number | null;
  /** Contents up to `scannedTo` that read furthest into segments of these. */
  readonly readers: readonly ContentId[];
  readonly scannedTo: ContentId;
}

export interface RemovedContents {
  /** The record that says so. */
  readonly seq: number;
  /** The records whose contents are gone. */
  readonly records: readonly number[];
  /** Refusals that kept one of the contents. */
  readonly conflicts: number;
}

/** Takes contents away for good, with all that confirms them, and says so in one record. */
export const removeContents: Operation<RemoveContents, RemovedContents> = (context, args) => {
  const { workspace } = context;
  const removed = new Set(args.contents);
  const holders = workspace.inodes.holding(removed);
  refuseInUse(workspace, removed, holders);
  const referring = args.contents.flatMap((id) => workspace.records.referringTo(id));
  const records = referring.sort((a, b) => a - b);
  const named = args.version === null ? undefined : workspace.records.get(args.version);
  context.begin();
  const othersRead = extentsOfOthers(workspace, removed, args);
  for (const id of removed) {
    const { sha256 } = workspace.contents.get(id);
    if (sha256 !== null) workspace.expectations.forget(sha256);
    workspace.contents.erase(id, othersRead);
  }
  const seq = appendRemoval(context, args.operation, named, records);
  for (const record of records) workspace.records.removeContent(record, seq);
  let conflicts = 0;
  for (const id of removed) conflicts += workspace.refusals.forgetContent(id);
  for (const inode of holders) empty(context, inode);
  return { seq, records, conflicts };
};

function refuseInUse(workspace: Workspace, removed: ReadonlySet<ContentId>, holders: readonly Inode[]): void {
  const living = holders.find(({ nlink }) => nlink > 0);
  if (living !== undefined)
    throw new MemfsError('conflict', `${nameOf(workspace, living)} has this content now`, {
      hint: 'Write a new version of it first, then take the old one away.',
    });
  const isRemoved = (id: ContentId | null): boolean => id !== null && removed.has(id);
  const open = workspace.uncommitted().find(({ state }) => isRemoved(state.base) || isRemoved(state.basis));
  if (open !== undefined)
    throw new MemfsError('busy', `${nameOf(workspace, open.inode)} is being changed from this content`, {
      hint: 'Try again when the file has been closed.',
    });
}

function nameOf(workspace: Workspace, { ino }: Inode): string {
  const [entry] = workspace.entries.ofInode(ino);
  return entry === undefined ? 'a removed file' : String(workspace.pathOf(entry.parent, entry.name));
}

function extentsOfOthers(
  workspace: Workspace,
  removed: ReadonlySet<ContentId>,
  { readers, scannedTo }: RemoveContents,
): SegmentExtents {
  const extents = new Map<number, number>();
  const note = ([segment, bytes]: [number, number]): void => {
    extents.set(segment, Math.max(extents.get(segment) ?? 0, bytes));
  };
  const { contents } = workspace;
  for (const id of [...readers, ...contents.madeAfter(scannedTo)]) {
    const content = removed.has(id) ? undefined : contents.find(id);
    if (content !== undefined) for (const extent of extentsOf(content.segments, content.size)) note(extent);
  }
  for (const { state } of workspace.uncommitted()) for (const extent of state.content.extents()) note(extent);
  return extents;
}

function appendRemoval(
  context: OperationContext,
  operation: RemoveContents['operation'],
  named: RecordRow | undefined,
  removes: readonly number[],
): number {
  return context.workspace.records.append({
    operation,
    branch: mainBranch,
    timeMs: context.now.ms,
    actor: context.actor,
    ino: named?.ino ?? rootIno,
    memory: named?.memory ?? null,
    parent: named?.seq ?? null,
    path: named?.path ?? root,
    previousPath: null,
    content: null,
    mount: context.connection,
    removes,
    salt: context.salt(),
  });
}

const root = Buffer.from('/');

/** Nobody can name it any more; who still has it open finds nothing in it. */
function empty(context: OperationContext, inode: Inode): void {
  inode.content = null;
  inode.size = 0;
  context.workspace.inodes.changed(inode);
  context.changedContent(inode.ino);
}
