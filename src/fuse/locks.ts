/** fcntl(2) and flock(2) locks. */
import { MemfsError } from '../core/errors.js';
import type { LockRequest } from '../vfs/filesystem.js';
import { LK_FLOCK, LockType, Opcode } from './abi.js';
import type { RequestReader } from './decode.js';
import { encodeNothing, type Operation, operation } from './operation.js';

function lockType(type: number): LockRequest['type'] {
  if (type === LockType.READ) return 'read';
  if (type === LockType.WRITE) return 'write';
  if (type === LockType.UNLOCK) return 'unlock';
  throw new MemfsError('invalid', `lock type ${type}`);
}

/** `fuse_lk_in`, behind its handle. */
function readLock(request: RequestReader): LockRequest {
  const owner = request.bigint();
  const start = request.bigint();
  const end = request.bigint();
  const type = lockType(request.u32());
  const pid = request.u32();
  const kind = request.u32() & LK_FLOCK ? 'flock' : 'posix';
  return { kind, owner, type, start, end, pid };
}

const setLock = (wait: boolean): Operation =>
  operation(({ fileSystem, request }, context) => {
    const handle = request.u64();
    return fileSystem.setlk(context, request.nodeId, handle, readLock(request), wait);
  }, encodeNothing);

export const lockOperations: ReadonlyArray<readonly [number, Operation]> = [
  [
    Opcode.GETLK,
    operation(
      ({ fileSystem, request }, context) => {
        const handle = request.u64();
        return fileSystem.getlk(context, request.nodeId, handle, readLock(request));
      },
      (reply, holder) => reply.lock(holder),
    ),
  ],
  [Opcode.SETLK, setLock(false)],
  [Opcode.SETLKW, setLock(true)],
];
