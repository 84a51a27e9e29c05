/** The keeper that is to take over, as the one before it sees it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { type ErrorCode, errorCodes, MemfsError } from '../../core/errors.js';
import type { MessageSocket, OpenMessageSocket } from '../engine/kernel.js';
import { within } from '../within.js';
import { type PassedMount, type PredecessorMessage, SuccessorMessage } from './handover-messages.js';

/** Milliseconds. */
const lastWords = 50;

export interface SuccessorStart {
  readonly command: string;
  /** They end with the number of the descriptor on which it finds its predecessor: 3. */
  readonly arguments: readonly string[];
  /** Where its standard output and error go. */
  readonly output: number;
  socketpair(): [number, number];
  readonly openSocket: OpenMessageSocket;
  /** Milliseconds for itself and its engine to load, and then to take over, while callers wait. */
  readonly limits: { readonly load: number; readonly take: number };
}

export interface Estate {
  readonly restart: string;
  readonly mounts: readonly {
    readonly mount: PassedMount;
    readonly descriptor: number;
    readonly control: number | null;
    readonly waiting: readonly string[];
  }[];
  /** Of the data directory. */
  readonly lock: number;
  /** Listens for callers. */
  readonly listener: number;
}

export class Successor {
  readonly #child: ChildProcess;
  readonly #socket: MessageSocket;
  readonly #failure: Promise<never>;
  readonly #loaded: Promise<void>;
  readonly #taken: Promise<void>;
  readonly #gone: Promise<void>;
  readonly #limits: SuccessorStart['limits'];
  readonly #hear = new Map<SuccessorMessage['type'], () => void>();
  #fail: (error: MemfsError) => void = () => {};

  constructor(start: SuccessorStart) {
    this.#limits = start.limits;
    const heard = (type: SuccessorMessage['type']): Promise<void> =>
      new Promise((resolve) => {
        this.#hear.set(type, resolve);
      });
    this.#loaded = heard('loaded');
    this.#taken = heard('taken');
    this.#failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failure.catch(() => {});
    const [mine, theirs] = start.socketpair();
    this.#child = spawn(start.command, start.arguments, {
      detached: true,
      stdio: ['ignore', start.output, start.output, theirs],
      cwd: '/',
    });
    closeSync(theirs);
    this.#gone = new Promise((resolve) => {
      const ended = (how: string): void => {
        // What it said last may still lie in the socket, and says more.
        setTimeout(() => this.#fail(new MemfsError('internal', `the new keeper ${how}`)), lastWords);
        resolve();
      };
      this.#child.once('error', (error) => ended(`cannot be started: ${error.message}`));
      this.#child.once('exit', (code, signal) => ended(`ended with ${signal ?? `exit code ${code}`}`));
    });
    this.#socket = start.openSocket(
      mine,
      (bytes, descriptors) => this.#receive(bytes, descriptors),
      () => {},
    );
  }

  /** Rejects when it has ended, says that it failed, or takes too long; so do the others. */
  loaded(): Promise<void> {
    const loaded = Promise.race([this.#loaded, this.#failure]);
    return within(this.#limits.load, 'the new keeper and its engine did not load', loaded);
  }

  /** Passes everything on; resolves when the new keeper's engine serves all of it. */
  take({ restart, mounts, lock, listener }: Estate): Promise<void> {
    for (const { mount, descriptor, control, waiting } of mounts) {
      this.#send({ type: 'mount', mount }, control === null ? [descriptor] : [descriptor, control]);
      for (const request of waiting) this.#send({ type: 'waits', connection: mount.connection, request }, []);
    }
    this.#send({ type: 'take', restart }, [lock, listener]);
    const taken = Promise.race([this.#taken, this.#failure]);
    return within(this.#limits.take, 'the new keeper did not take over', taken);
  }

  /** Rejects when it ends within so many milliseconds. */
  async outlasts(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const time = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([time, this.#failure]).finally(() => clearTimeout(timer));
  }

  /** Resolves when it is gone. Its engine then ends by itself, and the lock of the data keeps the next one waiting. */
  async abandon(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
    this.#socket.close();
  }

  #send(message: PredecessorMessage, descriptors: readonly number[]): void {
    try {
      this.#socket.send(Buffer.from(JSON.stringify(message)), descriptors);
    } catch (error) {
      this.#fail(new MemfsError('internal', 'the new keeper does not listen', { cause: error }));
    }
  }

  #receive(bytes: Uint8Array, descriptors: readonly number[]): void {
    for (const descriptor of descriptors) closeSync(descriptor);
    const message = readMessage(bytes);
    if (message?.type === 'failed') {
      const { code, hint } = message;
      const known = errorCodes.find((each: ErrorCode) => each === code) ?? 'internal';
      this.#fail(new MemfsError(known, message.message, hint === null ? {} : { hint }));
    } else if (message !== null) this.#hear.get(message.type)?.();
  }
}

function readMessage(bytes: Uint8Array): SuccessorMessage | null {
  try {
    return SuccessorMessage.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch {
    return null;
  }
}
