import type { RequestReader } from '../../../src/fuse/decode.js';
import { Dispatcher, type FuseLog } from '../../../src/fuse/dispatch.js';
import type { ReplyWriter } from '../../../src/fuse/encode.js';
import type { FileSystem } from '../../../src/vfs/filesystem.js';

export interface LogLine {
  readonly level: 'warn' | 'error';
  readonly message: string;
}

/** A dispatcher over a file system of which only some methods are there, with what it answered. */
export function harness(
  fileSystem: Partial<FileSystem>,
  initialise: (request: RequestReader, reply: ReplyWriter) => number = () => 0,
  flags = 0,
) {
  const requests = Buffer.alloc(64 * 1024);
  const replies = Buffer.alloc(64 * 1024);
  const sent: Buffer[] = [];
  const lines: LogLine[] = [];
  const errnos: number[] = [];
  const log: FuseLog = {
    warn: (_, message) => lines.push({ level: 'warn', message }),
    error: (_, message) => lines.push({ level: 'error', message }),
  };
  const dispatcher = new Dispatcher(
    {
      connection: 7,
      fileSystem: fileSystem as FileSystem,
      requests,
      replies,
      log,
      initialise,
      flags: () => flags,
      mayWait: true,
    },
    {
      reply: (length) => {
        sent.push(Buffer.from(replies.subarray(0, length)));
        return errnos.shift() ?? 0;
      },
      replyWith: (length, pieces) => {
        sent.push(Buffer.concat([replies.subarray(0, length), ...pieces]));
        return errnos.shift() ?? 0;
      },
    },
  );
  return {
    sent,
    lines,
    /** What the next writes to the device return. */
    errnos,
    /** Returns whether the channel may wait for the next request. */
    give(bytes: Buffer): boolean {
      bytes.copy(requests);
      return dispatcher.handle(bytes.length);
    },
  };
}

export const headerOf = (reply: Buffer) => ({
  length: reply.readUInt32LE(0),
  error: reply.readInt32LE(4),
  unique: reply.readBigUInt64LE(8),
});

export const attr = (ino: number, size = 0) => ({
  ino,
  mode: 0o100644,
  nlink: 1,
  uid: 1000,
  gid: 1001,
  rdev: 0,
  size,
  blocks: 1,
  atimeSec: -1,
  atimeNsec: 5,
  mtimeSec: 2,
  mtimeNsec: 6,
  ctimeSec: 3,
  ctimeNsec: 7,
});
