/** One engine process as the keeper sees it: started, listened to, and watched until it is surely dead. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { MessageSocket, OpenMessageSocket } from '../engine/kernel.js';
import { isRunning, processFacts } from '../processes/process.js';
import { EngineMessage, type KeeperMessage } from './messages.js';

const tickEvery = 200;

export interface EngineStart {
  readonly command: string;
  readonly arguments: readonly string[];
  /** Standard output and error of the engine: a descriptor, or the keeper's own. */
  readonly output: number | 'inherit';
  readonly heartbeatLimit: number;
  /** It waits for another to leave: it may load meanwhile what nobody needs at once. */
  readonly standby: boolean;
  socketpair(): [number, number];
  readonly openSocket: OpenMessageSocket;
}

export interface EngineEnd {
  /** Null when it was killed or its corpse still lies there. */
  readonly code: number | null;
  readonly reason: string;
  /** Someone outside killed it: no sign that the next one will fail too. */
  readonly murdered: boolean;
}

export interface EngineEvents {
  message(message: EngineMessage): void;
  /** Once. */
  ended(end: EngineEnd): void;
}

export class EngineProcess {
  readonly #child: ChildProcess;
  readonly #socket: MessageSocket;
  readonly #events: EngineEvents;
  readonly #heartbeatLimit: number;
  readonly #timer: NodeJS.Timeout;
  #lastBeat = performance.now();
  #lastTick = performance.now();
  #ended = false;
  #killedFor: string | null = null;

  constructor(start: EngineStart, events: EngineEvents) {
    this.#events = events;
    this.#heartbeatLimit = start.heartbeatLimit;
    const [mine, theirs] = start.socketpair();
    this.#child = spawn(start.command, start.arguments, {
      stdio: ['ignore', start.output, start.output, theirs],
      // No option: another release refuses what it does not know.
      env: { ...process.env, MEMFSD_STANDBY: start.standby ? '1' : '0' },
    });
    closeSync(theirs);
    this.#socket = start.openSocket(
      mine,
      (bytes) => this.#receive(bytes),
      () => {},
    );
    this.#child.once('error', (error) => this.#end({ code: null, reason: error.message, murdered: false }));
    this.#child.once('exit', (code, signal) =>
      this.#end({
        code,
        reason: signal === null ? `exit code ${code}` : `signal ${signal}`,
        murdered: signal === 'SIGKILL',
      }),
    );
    this.#timer = setInterval(() => this.#tick(), tickEvery);
  }

  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  send(message: KeeperMessage, descriptors: readonly number[] = []): void {
    if (this.#ended) return;
    try {
      this.#socket.send(Buffer.from(JSON.stringify(message)), descriptors);
    } catch {
      // The engine is dying: that comes as its end.
    }
  }

  kill(reason: string): void {
    if (this.#ended) return;
    this.#killedFor ??= reason;
    this.#child.kill('SIGKILL');
  }

  #receive(bytes: Uint8Array): void {
    this.#lastBeat = performance.now();
    const message = readMessage(bytes);
    if (message !== null) this.#events.message(message);
  }

  #tick(): void {
    const now = performance.now();
    // A keeper that was itself stopped has not read the beats yet.
    if (now - this.#lastTick > 5 * tickEvery) this.#lastBeat = now;
    this.#lastTick = now;
    const { pid } = this.#child;
    // A killed engine with a thread stuck in the kernel is a zombie that never gives an exit event. An ordinary
    // exit is a zombie for a moment too: its event comes before the immediate, and brings the code.
    if (pid !== undefined && !isRunning(processFacts(pid)))
      setImmediate(() => this.#end({ code: null, reason: 'found dead', murdered: true }));
    else if (now - this.#lastBeat > this.#heartbeatLimit)
      this.kill(`silent for ${this.#heartbeatLimit} ms, then killed`);
  }

  #end(end: EngineEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    this.#socket.close();
    const reason = this.#killedFor;
    this.#events.ended(reason === null ? end : { code: null, reason, murdered: false });
  }
}

/** Null for what this keeper does not know: an engine may be newer than its keeper. */
function readMessage(bytes: Uint8Array): EngineMessage | null {
  try {
    return EngineMessage.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch {
    return null;
  }
}
