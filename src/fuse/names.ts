/** Operations on names: everything that a directory's entries are changed by. */
import type { EntryReply, NegativeEntry } from '../vfs/filesystem.js';
import { Opcode } from './abi.js';
import type { ReplyWriter } from './encode.js';
import { encodeNothing, type Operation, operation } from './operation.js';

const encodeEntry = (reply: ReplyWriter, entry: EntryReply | NegativeEntry): void => reply.entry(entry);

export const nameOperations: ReadonlyArray<readonly [number, Operation]> = [
  [
    Opcode.LOOKUP,
    operation(
      ({ fileSystem, request }, context) => fileSystem.lookup(context, request.nodeId, request.name()),
      encodeEntry,
    ),
  ],
  [
    Opcode.MKNOD,
    operation(({ fileSystem, request }, context) => {
      const mode = request.u32();
      const rdev = request.u32();
      context.umask = request.u32();
      request.skip(4);
      return fileSystem.mknod(context, request.nodeId, request.name(), mode, rdev);
    }, encodeEntry),
  ],
  [
    Opcode.MKDIR,
    operation(({ fileSystem, request }, context) => {
      const mode = request.u32();
      context.umask = request.u32();
      return fileSystem.mkdir(context, request.nodeId, request.name(), mode);
    }, encodeEntry),
  ],
  [
    Opcode.SYMLINK,
    operation(({ fileSystem, request }, context) => {
      const name = request.name();
      return fileSystem.symlink(context, request.nodeId, name, request.name());
    }, encodeEntry),
  ],
  [
    Opcode.LINK,
    operation(({ fileSystem, request }, context) => {
      const ino = request.u64();
      return fileSystem.link(context, ino, request.nodeId, request.name());
    }, encodeEntry),
  ],
  [
    Opcode.UNLINK,
    operation(
      ({ fileSystem, request }, context) => fileSystem.unlink(context, request.nodeId, request.name()),
      encodeNothing,
    ),
  ],
  [
    Opcode.RMDIR,
    operation(
      ({ fileSystem, request }, context) => fileSystem.rmdir(context, request.nodeId, request.name()),
      encodeNothing,
    ),
  ],
  [
    Opcode.RENAME,
    operation(({ fileSystem, request }, context) => {
      const newParent = request.u64();
      const name = request.name();
      return fileSystem.rename(context, request.nodeId, name, newParent, request.name(), 0);
    }, encodeNothing),
  ],
  [
    Opcode.RENAME2,
    operation(({ fileSystem, request }, context) => {
      const newParent = request.u64();
      const flags = request.u32();
      request.skip(4);
      const name = request.name();
      return fileSystem.rename(context, request.nodeId, name, newParent, request.name(), flags);
    }, encodeNothing),
  ],
  [
    Opcode.READLINK,
    operation(
      ({ fileSystem, request }, context) => fileSystem.readlink(context, request.nodeId),
      (reply, target) => reply.bytes(target),
    ),
  ],
];
