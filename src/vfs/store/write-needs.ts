import type { ArgsOf, OperationName } from '../operations/all.js';
import { ifMatchName } from '../operations/attributes.js';
import { workingOf } from './inode.js';
import { isDirectory, OpenFlag } from './mode.js';
import { fromBinaryString } from './operation.js';
import type { Workspace } from './workspace.js';

/** What an operation would take of what sessions and stores are limited to. */
export interface Need {
  readonly bytes: number;
  /** It makes a version, or leads to one. */
  readonly isVersion: boolean;
  /** The rest of a write(2) whose beginning was taken: it is counted, and not cut in two. */
  readonly isRest?: true;
  /** For who is told of a refusal. */
  readonly ino: number;
  readonly name: string | null;
  readonly operation: string;
}

type Needs = {
  readonly [Name in OperationName]?: (
    workspace: Workspace,
    args: ArgsOf<Name>,
    payload: Uint8Array,
    connection: number,
  ) => Need | null;
};

/** The same of a name that must be free. */
function ofNewName(
  workspace: Workspace,
  place: { readonly parent: number; readonly name: string },
  what: Parameters<typeof ofName>[2],
): Need | null {
  const isTaken = workspace.entries.find(place.parent, fromBinaryString(place.name)) !== undefined;
  return isTaken ? null : ofName(workspace, place, what);
}

/** A name in a directory that is about to be made. */
function ofName(
  workspace: Workspace,
  { parent, name }: { readonly parent: number; readonly name: string },
  { operation, bytes = 0, directory = false }: { operation: string; bytes?: number; directory?: boolean },
): Need {
  const isVersion = workspace.isVersionedName(
    workspace.inodes.get(parent),
    fromBinaryString(name),
    directory,
  );
  return { bytes, isVersion, ino: parent, name, operation };
}

function ofFile(workspace: Workspace, ino: number, operation: string, bytes: number): Need {
  return { bytes, isVersion: workspace.isVersioned(workspace.inodes.get(ino)), ino, name: null, operation };
}

/**
 * By operation; what is not here is never refused: it takes something away, is about what was acknowledged before, or
 * keeps what was refused.
 */
const needs: Needs = {
  write: (workspace, { ino, handle }, { length }, connection) => {
    const need = ofFile(workspace, ino, 'write', length);
    const begun = workingOf(workspace.inodes.get(ino), connection)?.underWay;
    return begun?.handle === handle ? { ...need, isRest: true } : need;
  },
  copyRange: (workspace, { to, length }) => ofFile(workspace, to.ino, 'write', length),
  allocate: (workspace, { ino }) => ofFile(workspace, ino, 'write', 0),
  createFile: (workspace, args) => ofNewName(workspace, args, { operation: 'create' }),
  createUnnamed: (workspace, { parent }) => ({ ...ofFile(workspace, parent, 'create', 0), isVersion: false }),
  makeNode: (workspace, args) =>
    ofNewName(workspace, args, {
      operation: isDirectory(args.mode) ? 'mkdir' : 'create',
      bytes: args.target?.length ?? 0,
      directory: isDirectory(args.mode),
    }),
  link: (workspace, args) => ofNewName(workspace, args, { operation: 'link' }),
  rename: (workspace, { newParent, newName, parent, name }) => {
    const entry = workspace.entries.find(parent, fromBinaryString(name));
    const directory = entry !== undefined && isDirectory(workspace.inodes.get(entry.ino).mode);
    return ofName(workspace, { parent: newParent, name: newName }, { operation: 'rename', directory });
  },
  putFile: (workspace, args, { length }) => ofName(workspace, args, { operation: 'write', bytes: length }),
  putContent: (workspace, args) => ofName(workspace, args, { operation: 'restore' }),
  setXattr: (workspace, { ino, name }, { length }) =>
    name === ifMatchName ? null : { ...ofFile(workspace, ino, 'setxattr', length), isVersion: false },
  setAttributes: (workspace, { ino, changes }) =>
    changes.mode === undefined && changes.uid === undefined && changes.gid === undefined
      ? null
      : ofFile(workspace, ino, 'setattr', 0),
  /** So that a shell hears of it; cutting a file is allowed, and so is what makes room. */
  openForWriting: (workspace, { ino, flags }) => {
    const need = ofFile(workspace, ino, 'open', 1);
    const isCut = (flags & OpenFlag.truncate) !== 0;
    const isAppend = (flags & OpenFlag.append) !== 0;
    return isAppend || (isCut && need.isVersion) ? need : null;
  },
};

/** Null: nothing. */
export function needOf<Name extends OperationName>(
  workspace: Workspace,
  name: Name,
  args: ArgsOf<Name>,
  payload: Uint8Array,
  connection: number,
): Need | null {
  const need = needs[name] as
    | ((workspace: Workspace, args: ArgsOf<Name>, payload: Uint8Array, connection: number) => Need | null)
    | undefined;
  return need === undefined ? null : need(workspace, args, payload, connection);
}

/** What an open takes is not written yet. */
export const writtenBytes = ({ operation, bytes }: Need): number => (operation === 'open' ? 0 : bytes);
