/** How much of the limits of sessions and stores each operation takes, or why it is never refused. */
import type { ArgsOf, OperationName } from '../operations/all.js';
import { ifMatchName } from '../operations/attributes.js';
import { aclName } from './acl.js';
import { isDirectory, OpenFlag } from './mode.js';
import { filledBytes, type Need, ofFile, ofName, ofNewName, ofSize } from './need.js';
import { fromBinaryString, type Origin } from './operation.js';
import type { Workspace } from './workspace.js';

/** Null: it takes nothing. */
type NeedOf<Name extends OperationName> = (
  workspace: Workspace,
  args: ArgsOf<Name>,
  payload: Uint8Array,
  origin: Origin,
) => Need | null;

/** Why an operation is never refused. */
type Free =
  | 'keeps what was acknowledged'
  | 'takes away'
  | 'belongs to reading'
  | 'holds no place in the store'
  | 'once a minute for each limit'
  | 'only the owner does it';

const needs: { readonly [Name in OperationName]: NeedOf<Name> | Free } = {
  // Content.
  write: (workspace, { ino, handle, offset, append, thread }, { length: bytes }, origin) => {
    const { connection } = origin;
    const need = ofFile(workspace, ino, 'write', bytes);
    if (!append) return { ...need, bytes: bytes + filledBytes(workspace, ino, offset, connection) };
    if (thread === undefined) return need;
    return { ...need, piece: { connection, ino, handle, thread: origin.thread ?? 0, offset, bytes } };
  },
  copyRange: (workspace, { to, length }, _, { connection }) =>
    ofFile(workspace, to.ino, 'write', length + filledBytes(workspace, to.ino, to.offset, connection)),
  allocate: (workspace, { ino, offset, length }, _, { connection }) =>
    ofFile(workspace, ino, 'write', filledBytes(workspace, ino, offset + length, connection)),
  putFile: (workspace, args, { length }) => ofName(workspace, args, { operation: 'write', bytes: length }),
  putContent: (workspace, args) => ofName(workspace, args, { operation: 'restore' }),
  /** So that a shell hears of it; cutting a file makes room. */
  openForWriting: (workspace, { ino, flags }) => {
    const need = ofFile(workspace, ino, 'open', 1);
    const isCut = (flags & OpenFlag.truncate) !== 0;
    const isAppend = (flags & OpenFlag.append) !== 0;
    return isAppend || (isCut && need.isVersion) ? need : null;
  },
  commit: 'keeps what was acknowledged',
  closeHandle: 'keeps what was acknowledged',
  endConnection: 'keeps what was acknowledged',

  // Names.
  createFile: (workspace, args) => ofNewName(workspace, args, { operation: 'create' }),
  createUnnamed: (workspace, { parent }) => ({ ...ofFile(workspace, parent, 'create', 0), isVersion: false }),
  makeNode: (workspace, args) =>
    ofNewName(workspace, args, {
      operation: isDirectory(args.mode) ? 'mkdir' : 'create',
      bytes: args.target?.length ?? 0,
      directory: isDirectory(args.mode),
    }),
  link: (workspace, args) => ofNewName(workspace, args, { operation: 'link' }),
  /** A record also where it leaves, or exchanges, a name that is part of history. */
  rename: (workspace, { newParent, newName, parent, name }) => {
    const entry = workspace.entries.find(parent, fromBinaryString(name));
    const directory = entry !== undefined && isDirectory(workspace.inodes.get(entry.ino).mode);
    const need = ofName(workspace, { parent: newParent, name: newName }, { operation: 'rename', directory });
    return { ...need, isVersion: need.isVersion || (entry !== undefined && entry.from_seq !== null) };
  },
  unlink: 'takes away',
  rmdir: 'takes away',
  reclaim: 'takes away',

  // Attributes.
  setAttributes: (workspace, { ino, changes }, _, { connection }) => {
    const size = changes.size === undefined ? null : ofSize(workspace, ino, changes.size, connection);
    const { mode, uid, gid } = changes;
    if (size !== null || (mode ?? uid ?? gid) === undefined) return size;
    return ofFile(workspace, ino, 'setattr', 0);
  },
  /** An ACL is the mode too. What a session expects is one row for each file. */
  setXattr: (workspace, { ino, name }, { length }) => {
    const need = ofFile(workspace, ino, 'setxattr', length);
    if (name === ifMatchName) return null;
    return name === aclName.access ? need : { ...need, isVersion: false };
  },
  removeXattr: 'takes away',

  // What was refused is kept for ever, as a version is. The bytes of a close were counted when they were written.
  refuse: (workspace, { ino, operation }, { length }) =>
    operation === 'close' ? null : ofFile(workspace, ino, operation, length),
  refuseByPolicy: (workspace, { ino, operation }) =>
    operation === 'close' ? null : ofFile(workspace, ino, operation, 0),
  refuseByLimit: 'once a minute for each limit',
  settleConflict: 'takes away',

  // What is not written.
  observeVersion: 'belongs to reading',
  nameControlNode: 'belongs to reading',
  forgetControlNode: 'belongs to reading',
  markLog: 'belongs to reading',
  clearLogMarks: 'belongs to reading',
  setLock: 'holds no place in the store',
  dropLocks: 'holds no place in the store',

  createBranch: 'only the owner does it',
  dropBranch: 'takes away',
  removeContents: 'takes away',
};

/** Null: nothing. */
export function needOf<Name extends OperationName>(
  workspace: Workspace,
  name: Name,
  args: ArgsOf<Name>,
  payload: Uint8Array,
  origin: Origin,
): Need | null {
  const need = needs[name] as NeedOf<Name> | Free;
  return typeof need === 'string' ? null : need(workspace, args, payload, origin);
}

/** They keep what was refused, which counts as a version. */
const keeping: ReadonlySet<OperationName> = new Set<OperationName>(['refuse', 'refuseByPolicy']);
/** Their records are no versions. */
const takingAway: ReadonlySet<OperationName> = new Set<OperationName>([
  'unlink',
  'rmdir',
  'removeContents',
  'dropBranch',
]);

/** How many versions an operation that made so many records counts as. */
export const versionsOf = (name: OperationName, records: number): number => {
  if (keeping.has(name)) return 1;
  return takingAway.has(name) ? 0 : records;
};
