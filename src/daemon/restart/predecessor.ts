/** The keeper that is being replaced, as the one that takes its place sees it. */
import { closeSync } from 'node:fs';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import type { KernelMount, MessageSocket, OpenMessageSocket } from '../engine/kernel.js';
import { PredecessorMessage, type SuccessorMessage } from './handover-messages.js';

export interface PassedOn extends KernelMount {
  readonly connection: number;
  readonly path: string;
  readonly resend: boolean | null;
  /** Calls that the engine left waiting, in base64. */
  readonly waiting: readonly string[];
}

/** Everything that is taken over, all at once. */
export interface Inheritance {
  /** Names the restart that this is. */
  readonly restart: string;
  readonly mounts: readonly PassedOn[];
  readonly lock: number;
  readonly listener: number;
}

export class Predecessor {
  readonly #socket: MessageSocket;
  readonly #mounts: (PassedOn & { readonly waiting: string[] })[] = [];
  #take: (inheritance: Inheritance) => void = () => {};
  readonly #inheritance: Promise<Inheritance>;
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;

  constructor(descriptor: number, open: OpenMessageSocket) {
    this.#inheritance = new Promise((resolve) => {
      this.#take = resolve;
    });
    let gone = (): void => {};
    this.gone = new Promise((resolve) => {
      gone = resolve;
    });
    this.#socket = open(
      descriptor,
      (bytes, descriptors) => this.#receive(bytes, descriptors),
      () => gone(),
    );
  }

  /** Says that this keeper is loaded; resolves with what it is given then. Rejects when the predecessor is gone. */
  async loaded(version: string): Promise<Inheritance> {
    this.#tell({ type: 'loaded', version });
    const inheritance = await Promise.race([this.#inheritance, this.gone]);
    if (inheritance === undefined)
      throw new MemfsError('internal', 'the keeper that was to be replaced is gone');
    return inheritance;
  }

  taken(): void {
    this.#tell({ type: 'taken' });
  }

  failed(thrown: unknown): void {
    const { code, message, hint } = asMemfsError(thrown);
    this.#tell({ type: 'failed', code, message, hint: hint ?? null });
  }

  #tell(message: SuccessorMessage): void {
    try {
      this.#socket.send(Buffer.from(JSON.stringify(message)), []);
    } catch {
      // It is gone, and comes to be known as that.
    }
  }

  #receive(bytes: Uint8Array, descriptors: readonly number[]): void {
    const message = PredecessorMessage.safeParse(JSON.parse(Buffer.from(bytes).toString())).data;
    const [first, second] = descriptors;
    if (message?.type === 'mount' && first !== undefined)
      this.#mounts.push({ ...message.mount, descriptor: first, control: second ?? null, waiting: [] });
    else if (message?.type === 'waits')
      this.#mounts.find((mount) => mount.connection === message.connection)?.waiting.push(message.request);
    else if (message?.type === 'take' && first !== undefined && second !== undefined)
      this.#take({ restart: message.restart, mounts: this.#mounts, lock: first, listener: second });
    else for (const descriptor of descriptors) closeSync(descriptor);
  }
}
