import { removeXattr, setAttributes, setXattr } from './attributes.js';
import { createBranch, dropBranch } from './branches.js';
import { clearLogMarks, forgetControlNode, markLog, nameControlNode } from './control.js';
import { allocate, closeHandle, commit, copyRange, openForWriting, reclaim, write } from './data.js';
import { dropLocks, endConnection, setLock } from './locks.js';
import { createFile, createUnnamed, link, makeNode, rmdir, unlink } from './namespace.js';
import { observeVersion } from './preconditions.js';
import { putContent, putFile } from './put.js';
import { refuse, settleConflict } from './refuse.js';
import { refuseByLimit, refuseByPolicy } from './refuse-by-policy.js';
import { removeContents } from './remove-contents.js';
import { rename } from './rename.js';

/** Every mutation by the name that its spool frame carries. */
export const operations = {
  allocate,
  clearLogMarks,
  closeHandle,
  commit,
  copyRange,
  createBranch,
  createFile,
  createUnnamed,
  dropBranch,
  dropLocks,
  endConnection,
  forgetControlNode,
  link,
  makeNode,
  markLog,
  nameControlNode,
  observeVersion,
  openForWriting,
  putContent,
  putFile,
  reclaim,
  refuse,
  removeContents,
  refuseByLimit,
  refuseByPolicy,
  removeXattr,
  rename,
  rmdir,
  setAttributes,
  setLock,
  setXattr,
  settleConflict,
  unlink,
  write,
};

export type Operations = typeof operations;
export type OperationName = keyof Operations;
export type ArgsOf<Name extends OperationName> = Parameters<Operations[Name]>[1];
export type ResultOf<Name extends OperationName> = ReturnType<Operations[Name]>;
