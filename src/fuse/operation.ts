import type { Deferred, FileSystem, RequestContext } from '../vfs/filesystem.js';
import type { RequestReader } from './decode.js';
import type { DirectoryWriter } from './directory.js';
import type { ReplyWriter } from './encode.js';

/** The context of operations; the same object for every request of a connection. */
export interface Exchange {
  readonly fileSystem: FileSystem;
  readonly request: RequestReader;
  readonly reply: ReplyWriter;
  readonly directory: DirectoryWriter;
  /** INIT flags that were agreed on. */
  flags(): number;
}

/**
 * One opcode. `call` decodes and asks the file system; `encode` appends the body of the reply, at once or,
 * for a deferred result, later: so it may use nothing of the request.
 */
export interface Operation {
  call(exchange: Exchange, context: Context): unknown;
  encode(reply: ReplyWriter, result: unknown): void;
}

/** Checks that both halves agree on the result's type, which the table then forgets. */
export function operation<T>(
  call: (exchange: Exchange, context: Context) => Deferred<T>,
  encode: (reply: ReplyWriter, result: T) => void,
): Operation {
  return { call, encode: encode as (reply: ReplyWriter, result: unknown) => void };
}

export const encodeNothing = (): void => {};

/** Header fields of the request that is being handled; a deferred reply outlives the buffer. */
export class Context implements RequestContext {
  readonly connection: number;
  readonly uniqueLow: number;
  readonly uniqueHigh: number;
  readonly resent: boolean;
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
  /** Not in the header: set where the operation's structure has it. */
  umask = 0;
  waitsForOthers = false;

  constructor(connection: number, request: RequestReader) {
    this.connection = connection;
    this.uniqueLow = request.uniqueLow;
    this.uniqueHigh = request.uniqueHigh;
    this.resent = request.resent;
    this.uid = request.uid;
    this.gid = request.gid;
    this.pid = request.pid;
  }

  get unique(): bigint {
    return (BigInt(this.uniqueHigh) << 32n) | BigInt(this.uniqueLow);
  }
}
