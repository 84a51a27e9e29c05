/** The share of its session's and its store's limits that an operation would take. */
import { segmentBytes } from '../../journal/contents/segments.js';
import { sizeFor } from './inode.js';
import { fromBinaryString } from './operation.js';
import type { Workspace } from './workspace.js';
import type { Piece } from './write-calls.js';

export interface Need {
  readonly bytes: number;
  /** It makes a version, or leads to one. */
  readonly isVersion: boolean;
  /** It takes no room: what the store may hold does not stand in its way. */
  readonly makesRoom?: true;
  /** Of an append: it may be the rest of a write(2) whose beginning was taken, which is not cut in two. */
  readonly piece?: Piece;
  /** For who is told of a refusal. */
  readonly ino: number;
  readonly name: string | null;
  readonly operation: string;
}

export interface NewName {
  readonly parent: number;
  readonly name: string;
}

interface Making {
  readonly operation: string;
  readonly bytes?: number;
  readonly directory?: boolean;
}

/** A name in a directory that is about to be made. */
export function ofName(
  workspace: Workspace,
  { parent, name }: NewName,
  { operation, bytes = 0, directory = false }: Making,
): Need {
  const isVersion = workspace.isVersionedName(
    workspace.inodes.get(parent),
    fromBinaryString(name),
    directory,
  );
  return { bytes, isVersion, ino: parent, name, operation };
}

/** The same of a name that must be free. */
export function ofNewName(workspace: Workspace, place: NewName, making: Making): Need | null {
  const isTaken = workspace.entries.find(place.parent, fromBinaryString(place.name)) !== undefined;
  return isTaken ? null : ofName(workspace, place, making);
}

export function ofFile(workspace: Workspace, ino: number, operation: string, bytes: number): Need {
  return { bytes, isVersion: workspace.isVersioned(workspace.inodes.get(ino)), ino, name: null, operation };
}

/** Another size: null for the one that it has. */
export function ofSize(workspace: Workspace, ino: number, size: number, connection: number): Need | null {
  const present = sizeFor(workspace.inodes.get(ino), connection);
  if (size === present) return null;
  const need = ofFile(workspace, ino, 'truncate', filledBytes(workspace, ino, size, connection));
  return size < present ? { ...need, makesRoom: true } : need;
}

/**
 * The zeros that are stored when a file goes on at `offset`, behind its end: those up to the end of its last segment. Whole
 * segments of zeros are holes, which take nothing.
 */
export function filledBytes(workspace: Workspace, ino: number, offset: number, connection: number): number {
  const present = sizeFor(workspace.inodes.get(ino), connection);
  const inLast = present % segmentBytes;
  return inLast === 0 ? 0 : Math.max(0, Math.min(offset - present, segmentBytes - inLast));
}

/** Returns the bytes that count as written; those of an open are not written yet. */
export const writtenBytes = ({ operation, bytes }: Need): number => (operation === 'open' ? 0 : bytes);
