/** The engine's end of the socketpair: asks the keeper for mounts and takes over the descriptors it holds. */
import { closeSync } from 'node:fs';
import type { RestartRequest } from '../../api/keeper-state.js';
import { type ErrorCode, MemfsError } from '../../core/errors.js';
import { type EngineMessage, type HeldMount, KeeperMessage, type MountOrder } from '../keeper/messages.js';
import { within } from '../within.js';
import type { MessageSocket, OpenMessageSocket } from './kernel.js';

const answerLimit = 20_000;
/** An engine may be started long before it is its turn. */
const welcomeLimit = 120_000;
const beatEvery = 1_000;

export interface TakenOver {
  readonly keeper: number;
  readonly restarts: number;
  readonly held: readonly TakenMount[];
}

interface TakenMount extends HeldMount {
  readonly descriptor: number;
  /** Calls that the last engine left waiting, as the kernel asked; where it does not ask again. */
  readonly waiting: Uint8Array[];
}

interface Waiting {
  /** The descriptor of a new mount; of other answers -1. */
  resolve(descriptor: number): void;
  reject(error: MemfsError): void;
}

export interface LinkEvents {
  stop(): void;
  /** Another engine takes over. */
  leave(): void;
  /** The keeper died. */
  gone(): void;
}

export class KeeperLink {
  readonly #socket: MessageSocket;
  readonly #events: LinkEvents;
  readonly #waiting = new Map<number, Waiting>();
  readonly #held: TakenMount[] = [];
  #welcome: ((taken: TakenOver) => void) | null = null;
  #request = 0;

  constructor(descriptor: number, open: OpenMessageSocket, events: LinkEvents) {
    this.#events = events;
    this.#socket = open(
      descriptor,
      (bytes, descriptors) => this.#receive(bytes, descriptors),
      () => events.gone(),
    );
  }

  takeOver(): Promise<TakenOver> {
    const taken = new Promise<TakenOver>((resolve) => {
      this.#welcome = resolve;
    });
    this.#tell({ type: 'hello' });
    setInterval(() => this.#tell({ type: 'beat' }), beatEvery).unref();
    return within(welcomeLimit, 'the keeper did not say what it holds', taken);
  }

  ready(): void {
    this.#tell({ type: 'ready' });
  }

  waits(connection: number, requests: readonly Uint8Array[]): void {
    for (const request of requests)
      this.#tell({ type: 'waits', connection, request: Buffer.from(request).toString('base64') });
  }

  left(answered: readonly number[]): void {
    this.#tell({ type: 'left', answered: [...answered] });
  }

  /** Resolves when the keeper has begun. */
  async restart(order: RestartRequest): Promise<void> {
    await this.#ask((request) => ({ type: 'restart', request, order }));
  }

  stopping(): void {
    this.#tell({ type: 'stopping' });
  }

  negotiated(connection: number, resend: boolean): void {
    this.#tell({ type: 'negotiated', connection, resend });
  }

  forget(connection: number): void {
    this.#tell({ type: 'forget', connection });
  }

  /** Gives the connection's descriptor. */
  mount(order: MountOrder): Promise<number> {
    return this.#ask((request) => ({ type: 'mount', request, order }));
  }

  async unmount(connection: number, lazy: boolean): Promise<void> {
    await this.#ask((request) => ({ type: 'unmount', request, connection, lazy }));
  }

  /** Nobody serves it any more: it is taken away if that is possible, and nobody is to wait for it. */
  async giveUp(connection: number): Promise<void> {
    await this.unmount(connection, true).catch(() => {});
    this.forget(connection);
  }

  #ask(message: (request: number) => EngineMessage): Promise<number> {
    const request = ++this.#request;
    const answer = new Promise<number>((resolve, reject) => {
      this.#waiting.set(request, { resolve, reject });
    });
    this.#tell(message(request));
    return within(answerLimit, 'the keeper did not answer', answer).finally(() =>
      this.#waiting.delete(request),
    );
  }

  #tell(message: EngineMessage): void {
    this.#socket.send(Buffer.from(JSON.stringify(message)), []);
  }

  #receive(bytes: Uint8Array, descriptors: number[]): void {
    const message = readMessage(bytes);
    if (message === null) {
      for (const descriptor of descriptors) closeSync(descriptor);
      return;
    }
    switch (message.type) {
      case 'held':
        this.#held.push({ ...message.mount, descriptor: descriptors[0]!, waiting: [] });
        return;
      case 'waits':
        this.#held
          .find((mount) => mount.connection === message.connection)
          ?.waiting.push(Buffer.from(message.request, 'base64'));
        return;
      case 'welcome':
        this.#welcome?.({ keeper: message.keeper, restarts: message.restarts, held: this.#held });
        return;
      case 'mounted': {
        const waiting = this.#waiting.get(message.request);
        if (waiting === undefined) closeSync(descriptors[0]!);
        else waiting.resolve(descriptors[0]!);
        return;
      }
      case 'done':
        this.#waiting.get(message.request)?.resolve(-1);
        return;
      case 'failed': {
        const { code, hint } = message;
        const error = new MemfsError(code as ErrorCode, message.message, hint === null ? {} : { hint });
        this.#waiting.get(message.request)?.reject(error);
        return;
      }
      case 'stop':
        this.#events.stop();
        return;
      case 'leave':
        this.#events.leave();
        return;
    }
  }
}

/** Null for what this engine does not know: a keeper may be newer than its engine. */
function readMessage(bytes: Uint8Array): KeeperMessage | null {
  return KeeperMessage.safeParse(JSON.parse(Buffer.from(bytes).toString())).data ?? null;
}
