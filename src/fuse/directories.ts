/** Operations on open directories. */
import type { RequestContext } from '../vfs/filesystem.js';
import { Opcode } from './abi.js';
import { type Exchange, encodeNothing, type Operation, operation } from './operation.js';

function read(exchange: Exchange, context: RequestContext, plus: boolean): void {
  const { fileSystem, request, directory } = exchange;
  const handle = request.u64();
  const offset = request.u64();
  directory.begin(request.u32(), plus);
  fileSystem.readdir(context, request.nodeId, handle, offset, plus, directory);
}

export const directoryOperations: ReadonlyArray<readonly [number, Operation]> = [
  [
    Opcode.OPENDIR,
    operation(
      ({ fileSystem, request }, context) => fileSystem.opendir(context, request.nodeId, request.u32()),
      (reply, opened) => reply.open(opened),
    ),
  ],
  [Opcode.READDIR, operation((exchange, context) => read(exchange, context, false), encodeNothing)],
  [Opcode.READDIRPLUS, operation((exchange, context) => read(exchange, context, true), encodeNothing)],
  [
    Opcode.RELEASEDIR,
    operation(
      ({ fileSystem, request }, context) => fileSystem.releasedir(context, request.nodeId, request.u64()),
      encodeNothing,
    ),
  ],
  [
    Opcode.FSYNCDIR,
    operation(
      ({ fileSystem, request }, context) => fileSystem.fsyncdir(context, request.nodeId, request.u64()),
      encodeNothing,
    ),
  ],
];
