import { refusal } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { ContentId } from '../../journal/contents/contents.js';
import { type Inode, workingOf } from '../store/inode.js';
import { isRegular } from '../store/mode.js';
import type { Operation, OperationContext } from '../store/operation.js';
import type { Workspace } from '../store/workspace.js';

/** Why a session's write would clobber what another session wrote. */
export interface Stale {
  /** One sentence for a person. */
  readonly cause: string;
  /** The record of the version that the session knows; null: none. */
  readonly known: number | null;
  /** The write may be merged with what is there. */
  readonly mergeable: boolean;
}

/**
 * Whether the session may overwrite, replace or remove what is committed of the file: null, or why not.
 * A session knows what it has read; what it wrote itself since does not count as somebody else's change. Nobody
 * else can see a file that has lost its name.
 */
export function staleness(context: OperationContext, inode: Inode, actor: Actor): Stale | null {
  const { workspace, rules } = context;
  const { memory, version, nlink } = inode;
  if (rules.precondition === 'off' || memory === null || version === null || nlink === 0) return null;
  const expected = workspace.expectations.get(actor.session, inode.ino);
  const known = workspace.observations.get(actor.session, memory) ?? null;
  if (expected !== undefined) {
    const present = workspace.contents.get(inode.content!).sha256;
    if (present?.equals(expected)) return null;
    return {
      cause: 'its content is not the one that user.memfs.if_match names',
      known,
      mergeable: false,
    };
  }
  if (known === version) return null;
  if (known === null) {
    if (rules.precondition === 'observed') return null;
    if (workspace.records.get(version)?.session === actor.session) return null;
    return { cause: 'this session has not read it, and its mount is strict', known, mergeable: false };
  }
  if (workspace.records.get(known)?.content === inode.content) return null;
  if (!workspace.memories.changedByOthers(memory, known, actor.session)) return null;
  const mergeable = rules.onConflict === 'merge';
  return { cause: 'another session has changed it since this session read it', known, mergeable };
}

/** Before anything of an operation has changed. ESTALE; what was to be written is kept by `refuse`. */
export function refuseIfStale(context: OperationContext, inode: Inode, actor = context.actor): void {
  const stale = staleness(context, inode, actor);
  if (stale !== null) throw conflict(stale.cause);
}

/** The same before a file gets a whole new content, which may be merged at its commit. */
export function refuseReplacement(context: OperationContext, inode: Inode, actor = context.actor): void {
  const stale = staleness(context, inode, actor);
  if (stale !== null && !stale.mergeable) throw conflict(stale.cause);
}

export const conflict = (cause: string): Error => refusal('conflict', cause);

/**
 * The content that a whole new one must still find at its commit: the one that the session knows. Null: it never
 * read the file and begins with nothing of it, so that it depends on nothing that is there.
 */
export function replacementBasis(context: OperationContext, inode: Inode, actor: Actor): ContentId | null {
  const { workspace, rules } = context;
  const { memory } = inode;
  if (rules.precondition === 'off' || memory === null) return null;
  const isExpected = workspace.expectations.get(actor.session, inode.ino) !== undefined;
  if (rules.precondition === 'strict' || isExpected) return inode.content;
  if (workspace.observations.get(actor.session, memory) === undefined) return null;
  const stale = staleness(context, inode, actor);
  return stale === null ? inode.content : (workspace.records.get(stale.known!)?.content ?? null);
}

/** Whether opening the file for reading would tell the session something that it does not know. */
export function isNews({ observations }: Workspace, inode: Inode, actor: Actor): boolean {
  const { memory, version } = inode;
  return (
    memory !== null &&
    version !== null &&
    isRegular(inode.mode) &&
    observations.get(actor.session, memory) !== version
  );
}

/** Whether what the mount reads of the file is what is committed, so that reading it tells about that. */
export function seesHead(inode: Inode, connection: number): boolean {
  const state = workingOf(inode, connection);
  return state === undefined || state.base === inode.content;
}

/** From now on the session's writes are measured against what is committed now. */
export function observe(context: OperationContext, inode: Inode, actor: Actor): void {
  if (!isNews(context.workspace, inode, actor)) return;
  const { observations } = context.workspace;
  observations.set(actor.session, inode.memory!, inode.version!);
  observations.noteRead(actor.session, inode.version!, context.now.ms);
}

/** open(2) for reading, and a lock that was granted: the version of this moment is what the session knows. */
export const observeVersion: Operation<{ readonly ino: number }, null> = (context, { ino }) => {
  const inode = context.workspace.inodes.get(ino);
  if (!isNews(context.workspace, inode, context.actor) || !seesHead(inode, context.connection)) return null;
  context.begin();
  observe(context, inode, context.actor);
  return null;
};

/**
 * A commit of the session itself goes on from the version that it knows. Appends and merges are placed behind
 * what others wrote, which it has not seen: they leave what it knows as it is.
 */
export function advance(context: OperationContext, inode: Inode, parent: number | null, actor: Actor): void {
  const { observations, expectations } = context.workspace;
  expectations.delete(actor.session, inode.ino);
  if (parent === null || observations.get(actor.session, inode.memory!) !== parent) return;
  observations.set(actor.session, inode.memory!, inode.version!);
}
