import { asMemfsError, Errno, type MemfsError } from '../core/errors.js';
import type { FileSystem } from '../vfs/filesystem.js';
import { ENOTTY, Opcode } from './abi.js';
import { attributeOperations } from './attributes.js';
import { RequestReader } from './decode.js';
import { directoryOperations } from './directories.js';
import { DirectoryWriter } from './directory.js';
import { ReplyWriter } from './encode.js';
import { fileOperations } from './files.js';
import { lockOperations } from './locks.js';
import { nameOperations } from './names.js';
import { Context, type Exchange, type Operation } from './operation.js';

/** The slice of the native channel that replies need. Both return 0 or errno. */
export interface ReplyChannel {
  reply(length: number): number;
  replyWith(length: number, pieces: readonly Uint8Array[]): number;
}

/** The part of pino's logger that this layer uses. */
export interface FuseLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface DispatcherOptions {
  /** New at each mount (RequestContext.connection). */
  readonly connection: number;
  readonly fileSystem: FileSystem;
  /** Requests lie here when `handle` is called. */
  readonly requests: Uint8Array;
  /** Replies are built here; the channel writes from it. */
  readonly replies: Uint8Array;
  readonly log: FuseLog;
  /** Answers INIT: appends to `reply` and returns 0, or returns errno. */
  readonly initialise: (request: RequestReader, reply: ReplyWriter) => number;
  /** INIT flags that were agreed on, by this engine or an earlier one. */
  readonly flags: () => number;
  /** Waiting in this thread takes no processor from the clients: there are several. */
  readonly mayWait?: boolean;
  /** Hears of each request that is answered with an error, and of the thread that made it. */
  readonly failed?: ((pid: number, error: MemfsError) => void) | undefined;
}

const table: (Operation | undefined)[] = [];
for (const [opcode, entry] of [
  ...nameOperations,
  ...attributeOperations,
  ...fileOperations,
  ...directoryOperations,
  ...lockOperations,
]) {
  table[opcode] = entry;
}

/**
 * Left out on purpose. The kernel remembers ENOSYS and does without: the checks of ACCESS are its own
 * (default_permissions), there are no blocks to map, every file is always ready for poll(2), and STATX adds
 * only a birth time, which no file system here keeps. An ioctl(2) must hear ENOTTY.
 */
const refused = new Map<number, number>([
  [Opcode.ACCESS, Errno.ENOSYS],
  [Opcode.BMAP, Errno.ENOSYS],
  [Opcode.POLL, Errno.ENOSYS],
  [Opcode.STATX, Errno.ENOSYS],
  [Opcode.IOCTL, ENOTTY],
]);

/** Turns one request into calls of the file system and one reply. Knows no descriptor: tests feed it bytes. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #exchange: Exchange;
  readonly #request: RequestReader;
  readonly #reply: ReplyWriter;
  readonly #channel: ReplyChannel;
  /** Requests whose replies are deferred until this process has done something. */
  #owed = 0;
  /** Requests whose replies are deferred until another process has done something, as they came. */
  readonly #waiting = new Map<Context, Buffer>();

  constructor(options: DispatcherOptions, channel: ReplyChannel) {
    this.#options = options;
    this.#request = new RequestReader(options.requests);
    this.#reply = new ReplyWriter(options.replies);
    this.#channel = channel;
    this.#exchange = {
      fileSystem: options.fileSystem,
      request: this.#request,
      reply: this.#reply,
      directory: new DirectoryWriter(this.#reply),
      flags: options.flags,
    };
  }

  /**
   * Handles the request of `length` bytes in the buffer. Never throws. Returns whether the loop has nothing to do for
   * any request so far, so that the channel may wait a moment for the next one.
   */
  handle(length: number): boolean {
    this.#handle(length);
    return this.#owed === 0 && this.#options.mayWait === true;
  }

  /** How many requests have no reply yet that this process has to do something for. */
  get owed(): number {
    return this.#owed;
  }

  /** Requests without a reply that wait for what another process does. Nothing has been done for them. */
  get waiting(): readonly Buffer[] {
    return [...this.#waiting.values()];
  }

  #handle(length: number): void {
    const request = this.#request;
    if (!request.begin(length)) {
      this.#options.log.error({ length }, 'the kernel sent something that is no request');
      return;
    }
    const context = new Context(this.#options.connection, request);
    const entry = table[request.opcode];
    try {
      if (entry === undefined) {
        this.#special(context);
        return;
      }
      request.checkNodeId();
      this.#reply.begin();
      const result = entry.call(this.#exchange, context);
      if (result instanceof Promise) this.#defer(context, request.opcode, entry, result);
      else {
        entry.encode(this.#reply, result);
        this.#send(context);
      }
    } catch (thrown) {
      this.#fail(context, request.opcode, thrown);
    }
  }

  #defer(context: Context, opcode: number, entry: Operation, result: Promise<unknown>): void {
    const answer = (value: unknown): void => {
      try {
        this.#reply.begin();
        entry.encode(this.#reply, value);
        this.#send(context);
      } catch (thrown) {
        this.#fail(context, opcode, thrown);
      }
    };
    const owed = context.waitsForOthers ? 0 : 1;
    this.#owed += owed;
    if (owed === 0) this.#waiting.set(context, this.#request.copy());
    void result
      .then(answer, (thrown) => this.#fail(context, opcode, thrown))
      .finally(() => {
        this.#owed -= owed;
        this.#waiting.delete(context);
      });
  }

  /** Opcodes that have no reply, or one that is no affair of the file system. */
  #special(context: Context): void {
    const { fileSystem, log } = this.#options;
    const request = this.#request;
    switch (request.opcode) {
      case Opcode.FORGET:
        fileSystem.forget(request.nodeId, request.u64());
        return;
      case Opcode.BATCH_FORGET: {
        const count = request.u32();
        request.skip(4);
        for (let i = 0; i < count; i++) fileSystem.forget(request.u64(), request.u64());
        return;
      }
      case Opcode.INTERRUPT:
        // The request that is meant may be a resent one, hence named with bit 63.
        fileSystem.interrupt(request.bigint() & 0x7fff_ffff_ffff_ffffn);
        return;
      case Opcode.NOTIFY_REPLY:
        return;
      case Opcode.INIT: {
        this.#reply.begin();
        const errno = this.#options.initialise(request, this.#reply);
        if (errno === 0) this.#send(context);
        else this.#sendError(context, errno);
        return;
      }
      case Opcode.DESTROY:
        this.#reply.begin();
        this.#send(context);
        return;
      default: {
        const errno = refused.get(request.opcode);
        // An opcode newer than this code: ENOSYS is how the kernel learns that, and it then does without.
        if (errno === undefined) log.warn({ opcode: request.opcode }, 'unknown opcode');
        this.#sendError(context, errno ?? Errno.ENOSYS);
      }
    }
  }

  /** The one place where an error becomes an errno. FORGET and INTERRUPT have no answer at all. */
  #fail(context: Context, opcode: number, thrown: unknown): void {
    const error = asMemfsError(thrown);
    if (error.errno === Errno.EIO) this.#options.log.error({ err: thrown, opcode }, 'a request failed');
    if (opcode === Opcode.FORGET || opcode === Opcode.BATCH_FORGET || opcode === Opcode.INTERRUPT) return;
    this.#options.failed?.(context.pid, error);
    // ENOSYS would switch the operation off for the life of the mount.
    this.#sendError(context, error.errno === Errno.ENOSYS ? Errno.EOPNOTSUPP : error.errno);
  }

  #send(context: Context): void {
    const reply = this.#reply;
    const length = reply.finish(context.uniqueLow, context.uniqueHigh, context.resent);
    const { pieces } = reply;
    const errno = pieces === null ? this.#channel.reply(length) : this.#channel.replyWith(length, pieces);
    reply.pieces = null;
    if (errno !== 0) this.#unsent(context, errno);
  }

  #sendError(context: Context, errno: number): void {
    const length = this.#reply.fail(errno, context.uniqueLow, context.uniqueHigh, context.resent);
    const failed = this.#channel.reply(length);
    if (failed !== 0) this.#unsent(context, failed);
  }

  /**
   * ENOENT: the kernel has given the request up. ENODEV, EBADF: the connection is gone. Anything else, such
   * as EINVAL for a malformed reply, would leave the caller waiting, so it gets EIO.
   */
  #unsent(context: Context, errno: number): void {
    if (errno === Errno.ENOENT || errno === Errno.ENODEV || errno === Errno.EBADF) return;
    this.#options.log.error({ errno, unique: context.unique.toString() }, 'a reply was not accepted');
    this.#channel.reply(this.#reply.fail(Errno.EIO, context.uniqueLow, context.uniqueHigh, context.resent));
  }
}
