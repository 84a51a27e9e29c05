import type { Actor } from '../../core/model.js';
import { operations, type RecordRow } from '../../journal/records/records.js';
import type { Entry } from '../../journal/tree/entries.js';
import type { Inode } from '../store/inode.js';
import type { OperationContext } from '../store/operation.js';

/** A name that is taken again by the same session within this time goes on with the memory that it had. */
const identityMs = 10_000;

/** A memory that has just left a name, and may go on there. */
export interface Departed {
  readonly memory: number;
  /** Its last record. */
  readonly last: RecordRow;
  /** The file that holds it now, when it was renamed. */
  readonly holder: { readonly inode: Inode; readonly entry: Entry } | null;
}

/**
 * An editor that moves the old file to a backup name and writes a new one (vim), or removes it first (git), is
 * still changing the same memory. Null: the name has had none lately, or something else has it now.
 */
export function departedMemory(
  { workspace, now }: OperationContext,
  entry: Entry,
  actor: Actor,
): Departed | null {
  const departed = workspace.entries.departed(entry.parent, entry.name);
  if (departed === undefined || departed.memory === null) return null;
  const { memory } = departed;
  const last = workspace.records.get(departed.to_seq);
  if (last === undefined || last.session !== actor.session || now.ms - last.time_ms > identityMs) return null;
  if (last.memory !== memory || workspace.memories.newestOf(memory) !== last.seq) return null;
  const operation = operations[last.operation];
  if (operation === 'deleted') return { memory, last, holder: null };
  if (operation !== 'renamed') return null;
  const inode = workspace.inodes.find(last.ino);
  if (inode === undefined || inode.memory !== memory || inode.content === null) return null;
  const [name, ...others] = workspace.entries.ofInode(inode.ino);
  // A holder with several names keeps it.
  if (name === undefined || others.length > 0) return null;
  return { memory, last, holder: { inode, entry: name } };
}

/** Returns the content of the memory when it left the name. */
export const departedContent = ({ workspace }: OperationContext, { last }: Departed): number | null =>
  last.content ?? (last.parent === null ? null : (workspace.records.get(last.parent)?.content ?? null));

/** Returns the version of the departed memory that the session knows, when others have changed it since; else null. */
export function departedStale(context: OperationContext, departed: Departed, actor: Actor): number | null {
  const { workspace, rules } = context;
  if (rules.precondition === 'off') return null;
  const known = workspace.observations.get(actor.session, departed.memory);
  if (known === undefined || !workspace.memories.changedByOthers(departed.memory, known, actor.session))
    return null;
  return workspace.records.get(known)?.content === departedContent(context, departed) ? null : known;
}
