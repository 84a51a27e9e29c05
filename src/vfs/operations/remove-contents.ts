import { MemfsError } from '../../core/errors.js';
import type { ContentId } from '../../journal/contents/contents.js';
import { extentsOf, type SegmentExtents } from '../../journal/contents/segments.js';
import type { RecordRow } from '../../journal/records/records.js';
import type { Inode } from '../store/inode.js';
import type { Operation, OperationContext } from '../store/operation.js';
import { rootIno, type Siblings, type Workspace } from '../store/workspace.js';

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
  const { siblings } = workspace;
  const holders = siblings
    .all()
    .flatMap((branch) => branch.inodes.holding(removed).map((inode) => ({ workspace: branch, inode })));
  refuseInUse(siblings, removed, holders);
  const referring = args.contents.flatMap((id) => workspace.records.referringTo(id));
  const records = referring.sort((a, b) => a - b);
  const named = args.version === null ? undefined : workspace.records.get(args.version);
  context.begin();
  const othersRead = extentsOfOthers(workspace, removed, args);
  for (const id of removed) {
    const { sha256 } = workspace.contents.get(id);
    if (sha256 !== null) for (const { expectations } of siblings.all()) expectations.forget(sha256);
    workspace.contents.erase(id, othersRead);
  }
  const seq = appendRemoval(context, args.operation, named, records);
  for (const record of records) workspace.records.removeContent(record, seq);
  let conflicts = 0;
  for (const id of removed) conflicts += workspace.refusals.forgetContent(id);
  for (const holder of holders) empty(context, holder);
  return { seq, records, conflicts };
};

interface Holder {
  readonly workspace: Workspace;
  readonly inode: Inode;
}

function refuseInUse(siblings: Siblings, removed: ReadonlySet<ContentId>, holders: readonly Holder[]): void {
  const living = holders.find(({ inode }) => inode.nlink > 0);
  if (living !== undefined)
    throw new MemfsError('conflict', `${nameOf(living)} has this content now`, {
      hint: 'Write a new version of it first, then take the old one away.',
    });
  const isRemoved = (id: ContentId | null): boolean => id !== null && removed.has(id);
  for (const workspace of siblings.all()) {
    const open = workspace.uncommitted().find(({ state }) => state.madeFrom().some(isRemoved));
    if (open !== undefined)
      throw new MemfsError(
        'busy',
        `${nameOf({ workspace, inode: open.inode })} is being changed from this content`,
        { hint: 'Try again when the file has been closed.' },
      );
  }
}

function nameOf({ workspace, inode }: Holder): string {
  const { entries, branch, siblings } = workspace;
  const where = workspace === siblings.main ? '' : ` on the branch "${branch.name}"`;
  const [entry] = entries.ofInode(inode.ino);
  const name = entry === undefined ? 'a removed file' : String(workspace.pathOf(entry.parent, entry.name));
  return `${name}${where}`;
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
  for (const branch of workspace.siblings.all())
    for (const { state } of branch.uncommitted()) for (const extent of state.extents()) note(extent);
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
    branch: context.workspace.branch.id,
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
function empty(context: OperationContext, { workspace, inode }: Holder): void {
  inode.content = null;
  inode.size = 0;
  workspace.inodes.changed(inode);
  context.changedContent(inode.ino, workspace);
}
