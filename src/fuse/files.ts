/** Operations on open files. */
import type { CreateReply, OpenReply } from '../vfs/filesystem.js';
import {
  FSYNC_FDATASYNC,
  OPEN_KILL_SUIDGID,
  Opcode,
  RELEASE_FLOCK_UNLOCK,
  WRITE_CACHE,
  WRITE_KILL_SUIDGID,
} from './abi.js';
import type { ReplyWriter } from './encode.js';
import { type Exchange, encodeNothing, type Operation, operation } from './operation.js';

/** Up to here a copy into the reply buffer costs less than a second vector. */
const COPY_LIMIT = 4096;
/** The addon takes this many pieces. */
const PIECES_LIMIT = 1023;
/** The largest count that COPY_FILE_RANGE's 32-bit reply can carry, in whole pages. */
const COPY_RANGE_LIMIT = 0xffff_f000;

function encodeData(reply: ReplyWriter, pieces: readonly Uint8Array[]): void {
  const first = pieces[0];
  if (pieces.length === 1 && first !== undefined && first.length <= COPY_LIMIT) reply.bytes(first);
  else reply.pieces = pieces.length <= PIECES_LIMIT ? pieces : [Buffer.concat(pieces)];
}

const encodeOpen = (reply: ReplyWriter, opened: OpenReply): void => reply.open(opened);

function encodeCreate(reply: ReplyWriter, created: CreateReply): void {
  reply.entry(created.entry);
  reply.open(created);
}

function encodeCount(reply: ReplyWriter, count: number): void {
  reply.u32(count);
  reply.u32(0);
}

/** `fuse_copy_file_range_in` */
function copyRange(
  { fileSystem, request }: Exchange,
  context: Parameters<Operation['call']>[1],
  limit: number,
) {
  const from = { ino: request.nodeId, handle: request.u64(), offset: request.u64() };
  const to = { ino: request.u64(), handle: request.u64(), offset: request.u64() };
  return fileSystem.copyFileRange(context, from, to, Math.min(request.u64Clamped(), limit));
}

export const fileOperations: ReadonlyArray<readonly [number, Operation]> = [
  [
    Opcode.OPEN,
    operation(({ fileSystem, request }, context) => {
      const flags = request.u32();
      const kill = (request.u32() & OPEN_KILL_SUIDGID) !== 0;
      return fileSystem.open(context, request.nodeId, flags, kill);
    }, encodeOpen),
  ],
  [
    Opcode.CREATE,
    operation(({ fileSystem, request }, context) => {
      const flags = request.u32();
      const mode = request.u32();
      context.umask = request.u32();
      request.skip(4); // open_flags
      return fileSystem.create(context, request.nodeId, request.name(), mode, flags);
    }, encodeCreate),
  ],
  [
    Opcode.TMPFILE,
    operation(({ fileSystem, request }, context) => {
      const flags = request.u32();
      const mode = request.u32();
      context.umask = request.u32();
      return fileSystem.tmpfile(context, request.nodeId, mode, flags);
    }, encodeCreate),
  ],
  [
    Opcode.READ,
    operation(({ fileSystem, request }, context) => {
      const handle = request.u64();
      const offset = request.u64();
      return fileSystem.read(context, request.nodeId, handle, offset, request.u32());
    }, encodeData),
  ],
  [
    Opcode.WRITE,
    operation(({ fileSystem, request }, context) => {
      const handle = request.u64();
      const offset = request.u64();
      const size = request.u32();
      const writeFlags = request.u32();
      request.skip(8); // lock_owner
      const flags = request.u32();
      request.skip(4);
      const data = request.bytes(size);
      return fileSystem.write(context, request.nodeId, handle, offset, data, {
        flags,
        fromCache: (writeFlags & WRITE_CACHE) !== 0,
        killPrivileges: (writeFlags & WRITE_KILL_SUIDGID) !== 0,
      });
    }, encodeCount),
  ],
  [
    Opcode.FLUSH,
    operation(({ fileSystem, request }, context) => {
      const handle = request.u64();
      request.skip(8);
      return fileSystem.flush(context, request.nodeId, handle, request.bigint());
    }, encodeNothing),
  ],
  [
    Opcode.RELEASE,
    operation(({ fileSystem, request }, context) => {
      const handle = request.u64();
      request.skip(4); // open flags
      const unlock = (request.u32() & RELEASE_FLOCK_UNLOCK) !== 0;
      return fileSystem.release(context, request.nodeId, handle, unlock ? request.bigint() : null);
    }, encodeNothing),
  ],
  [
    Opcode.FSYNC,
    operation(({ fileSystem, request }, context) => {
      const handle = request.u64();
      return fileSystem.fsync(context, request.nodeId, handle, (request.u32() & FSYNC_FDATASYNC) !== 0);
    }, encodeNothing),
  ],
  [
    Opcode.FALLOCATE,
    operation(({ fileSystem, request }, context) => {
      const handle = request.u64();
      const offset = request.u64();
      const length = request.u64();
      return fileSystem.fallocate(context, request.nodeId, handle, offset, length, request.u32());
    }, encodeNothing),
  ],
  [
    Opcode.LSEEK,
    operation(
      ({ fileSystem, request }, context) => {
        const handle = request.u64();
        const offset = request.u64();
        return fileSystem.lseek(context, request.nodeId, handle, offset, request.u32());
      },
      (reply, offset) => reply.u64(offset),
    ),
  ],
  [
    Opcode.COPY_FILE_RANGE,
    operation((exchange, context) => copyRange(exchange, context, COPY_RANGE_LIMIT), encodeCount),
  ],
  [
    Opcode.COPY_FILE_RANGE_64,
    operation(
      (exchange, context) => copyRange(exchange, context, Number.MAX_SAFE_INTEGER),
      (reply, count) => reply.u64(count),
    ),
  ],
];
