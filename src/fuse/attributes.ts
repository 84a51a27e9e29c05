/** Operations on inodes: attributes, extended attributes, the file system's own figures. */

import { refusal } from '../core/errors.js';
import type { Timestamp } from '../core/model.js';
import type { AttrChanges, AttrReply } from '../vfs/filesystem.js';
import { GETATTR_FH, InitFlag, Opcode, SETXATTR_ACL_KILL_SGID, SetattrValid } from './abi.js';
import type { RequestReader } from './decode.js';
import type { ReplyWriter } from './encode.js';
import { encodeNothing, type Operation, operation } from './operation.js';

const encodeAttr = (reply: ReplyWriter, attr: AttrReply): void => reply.attrReply(attr);

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** `fuse_setattr_in`. A size beyond 2^53 is EFBIG, as a too long file is. */
function readChanges(request: RequestReader): AttrChanges {
  const valid = request.u32();
  request.skip(4);
  const handle = request.u64Clamped();
  const size = request.u64Clamped();
  request.skip(8); // lock_owner
  const atimeSec = request.i64();
  const mtimeSec = request.i64();
  const ctimeSec = request.i64();
  const atime: Timestamp = { sec: atimeSec, nsec: request.u32() };
  const mtime: Timestamp = { sec: mtimeSec, nsec: request.u32() };
  const ctime: Timestamp = { sec: ctimeSec, nsec: request.u32() };
  const mode = request.u32();
  request.skip(4);
  const uid = request.u32();
  const gid = request.u32();

  const changes: Writable<AttrChanges> = {};
  if (valid & SetattrValid.MODE) changes.mode = mode;
  if (valid & SetattrValid.UID) changes.uid = uid;
  if (valid & SetattrValid.GID) changes.gid = gid;
  if (valid & SetattrValid.SIZE) {
    if (size === Number.MAX_SAFE_INTEGER) throw refusal('too_large', 'the size is not below 2^53');
    changes.size = size;
  }
  if (valid & SetattrValid.ATIME) changes.atime = valid & SetattrValid.ATIME_NOW ? 'now' : atime;
  if (valid & SetattrValid.MTIME) changes.mtime = valid & SetattrValid.MTIME_NOW ? 'now' : mtime;
  if (valid & SetattrValid.CTIME) changes.ctime = ctime;
  if (valid & SetattrValid.FH) changes.handle = handle;
  if (valid & SetattrValid.KILL_SUIDGID) changes.killPrivileges = true;
  return changes;
}

/**
 * The size protocol of getxattr(2) and listxattr(2): size 0 asks how much there is, too small a size is
 * ERANGE, else the value itself.
 */
function fitted(value: Buffer, size: number): Buffer | number {
  if (size === 0) return value.length;
  if (value.length > size) throw refusal('out_of_range', 'the value is larger than the buffer');
  return value;
}

function encodeFitted(reply: ReplyWriter, value: Buffer | number): void {
  if (typeof value === 'number') {
    reply.u32(value);
    reply.u32(0);
  } else reply.bytes(value);
}

export const attributeOperations: ReadonlyArray<readonly [number, Operation]> = [
  [
    Opcode.GETATTR,
    operation(({ fileSystem, request }, context) => {
      const flags = request.u32();
      request.skip(4);
      return fileSystem.getattr(context, request.nodeId, flags & GETATTR_FH ? request.u64() : null);
    }, encodeAttr),
  ],
  [
    Opcode.SETATTR,
    operation(
      ({ fileSystem, request }, context) => fileSystem.setattr(context, request.nodeId, readChanges(request)),
      encodeAttr,
    ),
  ],
  [
    Opcode.GETXATTR,
    operation(({ fileSystem, request }, context) => {
      const size = request.u32();
      request.skip(4);
      return fitted(fileSystem.getxattr(context, request.nodeId, request.name().toString()), size);
    }, encodeFitted),
  ],
  [
    Opcode.LISTXATTR,
    operation(({ fileSystem, request }, context) => {
      const size = request.u32();
      const names = fileSystem.listxattr(context, request.nodeId);
      return fitted(Buffer.from(names.map((name) => `${name}\0`).join('')), size);
    }, encodeFitted),
  ],
  [
    Opcode.SETXATTR,
    operation(({ fileSystem, request, flags: agreed }, context) => {
      const size = request.u32();
      const flags = request.u32();
      let killSetgid = false;
      if (agreed() & InitFlag.SETXATTR_EXT) {
        killSetgid = (request.u32() & SETXATTR_ACL_KILL_SGID) !== 0;
        request.skip(4);
      }
      const name = request.name().toString();
      return fileSystem.setxattr(context, request.nodeId, name, request.bytes(size), flags, killSetgid);
    }, encodeNothing),
  ],
  [
    Opcode.REMOVEXATTR,
    operation(
      ({ fileSystem, request }, context) =>
        fileSystem.removexattr(context, request.nodeId, request.name().toString()),
      encodeNothing,
    ),
  ],
  [
    Opcode.STATFS,
    operation(
      ({ fileSystem }, context) => fileSystem.statfs(context),
      (reply, statistics) => reply.statfs(statistics),
    ),
  ],
  [Opcode.SYNCFS, operation(({ fileSystem }, context) => fileSystem.syncfs(context), encodeNothing)],
];
