import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { MemfsError } from '../core/errors.js';
import type { FileSystem, KernelNotifier } from '../vfs/filesystem.js';
import { EPROTO, PAGE_SIZE } from './abi.js';
import type { RequestReader } from './decode.js';
import { Dispatcher, type FuseLog } from './dispatch.js';
import type { ReplyWriter } from './encode.js';
import { type Channel, native } from './native.js';
import {
  defaultWishes,
  type InitWishes,
  type NegotiatedState,
  negotiate,
  readInit,
  writeInit,
  writeMajor,
} from './negotiate.js';
import { DeviceNotifier, defaultLimits, type NotifierLimits, resendMessage } from './notifier.js';

/** More than the largest reply that is not sent in pieces: a READDIR of 128 KiB. */
const REPLY_SIZE = 256 * 1024;

/**
 * The memory that requests and replies pass through. Every request is handled before the next one is read,
 * so all sessions of one thread can share one.
 */
export class TransferBuffers {
  readonly requests: Buffer;
  readonly replies: Buffer = Buffer.allocUnsafeSlow(REPLY_SIZE);

  /** The kernel refuses to read into less than the largest WRITE and its header. */
  constructor(maxWrite: number = defaultWishes.maxWrite) {
    this.requests = Buffer.allocUnsafeSlow(maxWrite + PAGE_SIZE);
  }
}

export interface SessionOptions {
  /** A descriptor of `/dev/fuse` that is mounted; the session's own from here on. */
  readonly descriptor: number;
  /** New at each mount (RequestContext.connection). */
  readonly connection: number;
  /** The agreement of an earlier engine on this descriptor; null: a new mount, INIT is still to come. */
  readonly negotiated: NegotiatedState | null;
  /** Makes the file system, which may keep the notifier. */
  readonly attach: (notifier: KernelNotifier) => FileSystem;
  readonly log: FuseLog;
  readonly buffers: TransferBuffers;
  readonly wishes?: InitWishes;
  readonly limits?: NotifierLimits;
  /**
   * Called before INIT is answered: store the state first, because an engine killed after the answer finds
   * a connection that never sends INIT again.
   */
  readonly onNegotiated: (state: NegotiatedState) => void;
  /** Hears of each request that is answered with an error, and of the thread that made it. */
  readonly failed?: ((pid: number, error: MemfsError) => void) | undefined;
  /** The connection ended, with errno (19 ENODEV: unmounted or aborted); the session is closed. */
  readonly onEnd: (errno: number) => void;
}

/**
 * Serves one kernel connection on this thread's loop. When the constructor throws, the descriptor is still the
 * caller's.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #channel: Channel;
  readonly #notifier: DeviceNotifier;
  readonly #fileSystem: FileSystem;
  readonly #dispatcher: Dispatcher;
  #negotiated: NegotiatedState | null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#negotiated = options.negotiated;
    const { descriptor, buffers, log } = options;
    const addon = native();
    // The thread takes its own reference to the device before the channel can close ours.
    this.#notifier = new DeviceNotifier(
      (onDone) => new addon.Notifier(descriptor, onDone),
      log,
      options.limits ?? defaultLimits,
    );
    if (options.negotiated !== null) this.#notifier.begin(options.negotiated.hasExpiry);
    try {
      this.#fileSystem = options.attach(this.#notifier);
      this.#channel = new addon.Channel(
        descriptor,
        buffers.requests,
        buffers.replies,
        (length) => this.#dispatcher.handle(length),
        (errno) => this.#ended(errno),
      );
    } catch (thrown) {
      // Else its thread would keep the connection alive for ever.
      this.#notifier.close();
      throw thrown;
    }
    this.#dispatcher = new Dispatcher(
      {
        connection: options.connection,
        fileSystem: this.#fileSystem,
        requests: buffers.requests,
        replies: buffers.replies,
        log,
        initialise: (request, reply) => this.#initialise(request, reply),
        flags: () => this.#negotiated?.flags ?? 0,
        mayWait: availableParallelism() > 1,
        failed: options.failed,
      },
      this.#channel,
    );
  }

  /** Null until INIT. */
  get negotiated(): NegotiatedState | null {
    return this.#negotiated;
  }

  start(): void {
    this.#channel.resume();
  }

  pause(): void {
    this.#channel.pause();
  }

  /**
   * Takes no more requests: they wait in the kernel for whoever serves the connection next. Resolves when those taken
   * are answered, but for those that wait for what other processes do, and what the kernel was to be told has been
   * written; or after `limit` milliseconds. Returns whether that is so.
   */
  async leave(limit: number): Promise<boolean> {
    this.#channel.pause();
    for (const end = performance.now() + limit; performance.now() < end; await delay(2))
      if (this.#dispatcher.owed === 0 && this.#notifier.isIdle) break;
    return this.#dispatcher.owed === 0;
  }

  /** Requests that wait for what other processes do. */
  get waiting(): readonly Uint8Array[] {
    return this.#dispatcher.waiting;
  }

  /** Takes requests up that an earlier engine had waiting when it left; where the kernel does not send them again. */
  takeUp(requests: readonly Uint8Array[]): void {
    for (const request of requests) {
      this.#options.buffers.requests.set(request);
      this.#dispatcher.handle(request.length);
    }
  }

  /**
   * Asks the kernel to send again what it sent to an engine that died, INIT included. Returns false where it
   * cannot (Linux < 6.9): the callers under way then wait until the connection is aborted.
   */
  resend(): boolean {
    if (this.#negotiated?.hasResend === false) return false;
    return this.#channel.send(resendMessage()) === 0;
  }

  /** Stops serving without a word to the file system or the kernel, which keeps what is asked for others. */
  close(): void {
    this.#notifier.close();
    this.#channel.close();
  }

  #ended(errno: number): void {
    this.close();
    try {
      this.#fileSystem.destroy();
    } catch (error) {
      // A full disk: what the connection left open is ended when the store is opened next.
      this.#options.log.error({ error }, 'the end of a connection could not be recorded');
    }
    this.#options.onEnd(errno);
  }

  #initialise(request: RequestReader, reply: ReplyWriter): number {
    const offer = readInit(request);
    const wishes = this.#options.wishes ?? defaultWishes;
    const negotiation = negotiate(offer, {
      ...wishes,
      maxWrite: Math.min(wishes.maxWrite, this.#options.buffers.requests.length - PAGE_SIZE),
    });
    if (negotiation.kind === 'retry') {
      writeMajor(reply);
      return 0;
    }
    if (negotiation.kind === 'refused') {
      const { major, minor } = offer;
      this.#options.log.error({ major, minor }, 'this kernel speaks a FUSE protocol that is too old');
      return EPROTO;
    }
    this.#negotiated = negotiation.state;
    this.#notifier.begin(negotiation.state.hasExpiry);
    this.#options.onNegotiated(negotiation.state);
    writeInit(reply, negotiation.state);
    return 0;
  }
}
