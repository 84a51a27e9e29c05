/**
 * The keeper: mounts, holds the descriptors of the kernel's connections, and sees to it that there is an
 * engine. It does nothing else, so that nothing else can end it: no SQLite, no contents, no long computing.
 */
import { closeSync } from 'node:fs';
import type { Logger } from 'pino';
import type { KeeperState } from '../api/client.js';
import { asMemfsError } from '../core/errors.js';
import type { EngineEnd, EngineEvents, EngineProcess } from './engine-process.js';
import type { KernelMounts } from './kernel.js';
import type { EngineMessage, HeldMount } from './messages.js';
import { RestartPolicy } from './restart-policy.js';
import { version } from './version.js';

const stopLimit = 30_000;

interface Held extends HeldMount {
  readonly descriptor: number;
  /** Whether the kernel will ask again after an engine's death; unknown until INIT was answered. */
  resend: boolean | null;
}

export interface KeeperParts {
  readonly mounts: KernelMounts;
  readonly log: Logger;
  startEngine(events: EngineEvents): EngineProcess;
  /** The keeper is done: with 0 after a stop, else with the code of an engine that never got ready. */
  finished(code: number): void;
}

export class Keeper {
  readonly #parts: KeeperParts;
  readonly #held = new Map<number, Held>();
  readonly #restarts = new RestartPolicy();
  #engine: EngineProcess | null = null;
  #everReady = false;
  #stopping = false;
  #starts = 0;
  /** What must be over before the next mount: the end of connections that nobody serves. */
  #settling: Promise<unknown> = Promise.resolve();

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  state(): KeeperState {
    return {
      pid: process.pid,
      version,
      engine: this.#engine?.pid ?? null,
      restarts: Math.max(0, this.#starts - 1),
      stopping: this.#stopping,
    };
  }

  start(): void {
    this.#starts += 1;
    try {
      const engine = this.#parts.startEngine({
        message: (message) => this.#serve(engine, message),
        ended: (end) => this.#engineEnded(end),
      });
      this.#engine = engine;
      this.#parts.log.info({ engine: engine.pid, restarts: this.#starts - 1 }, 'engine started');
    } catch (thrown) {
      // No descriptors or no memory left: the mounts must outlast that.
      this.#engineEnded({ code: null, reason: asMemfsError(thrown).message, murdered: false });
    }
  }

  /** The mounts stay wanted: the next daemon on these data mounts them again. */
  stop(): void {
    if (this.#stopping) return;
    this.#expectEnd();
    if (this.#engine === null) void this.#finish(0);
    else this.#engine.send({ type: 'stop' });
  }

  #expectEnd(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    setTimeout(() => this.#engine?.kill(`did not stop within ${stopLimit} ms`), stopLimit).unref();
  }

  #serve(engine: EngineProcess, message: EngineMessage): void {
    switch (message.type) {
      case 'hello':
        for (const { connection, path, minor, descriptor } of this.#held.values())
          engine.send({ type: 'held', mount: { connection, path, minor } }, [descriptor]);
        engine.send({ type: 'welcome', keeper: process.pid, restarts: this.#starts - 1 });
        return;
      case 'ready':
        this.#everReady = true;
        return;
      case 'beat':
        return;
      case 'negotiated': {
        const held = this.#held.get(message.connection);
        if (held !== undefined) held.resend = message.resend;
        return;
      }
      case 'mount':
        void this.#answer(engine, message.request, async () => {
          const { order } = message;
          this.#giveUp((held) => held.path === order.path);
          await this.#settling;
          const { descriptor, minor } = await this.#parts.mounts.mount(order);
          const held = { connection: order.connection, path: order.path, minor, descriptor, resend: null };
          this.#held.set(order.connection, held);
          engine.send({ type: 'mounted', request: message.request, minor }, [descriptor]);
        });
        return;
      case 'unmount':
        void this.#answer(engine, message.request, async () => {
          await this.#parts.mounts.unmount(message.path, message.lazy);
          this.#letGo(message.connection);
          engine.send({ type: 'done', request: message.request });
        });
        return;
      case 'forget':
        this.#letGo(message.connection);
        return;
      case 'stopping':
        this.#expectEnd();
        return;
    }
  }

  async #answer(engine: EngineProcess, request: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const { code, message, hint } = asMemfsError(thrown);
      engine.send({ type: 'failed', request, code, message, hint: hint ?? null });
    }
  }

  #engineEnded({ code, reason, murdered }: EngineEnd): void {
    this.#engine = null;
    if (this.#stopping) return void this.#finish(0);
    if (!this.#everReady && code !== null && code !== 0) {
      this.#parts.log.error({ code }, 'the engine cannot start');
      return void this.#finish(code);
    }
    const wait = murdered ? 0 : this.#restarts.afterDeath(performance.now());
    this.#parts.log.warn({ reason, wait }, 'engine ended; the next one is started');
    this.#giveUp((held) => held.resend !== true);
    if (wait === 0) this.start();
    else setTimeout(() => this.#startUnlessStopping(), wait);
  }

  #startUnlessStopping(): void {
    if (!this.#stopping) this.start();
  }

  #giveUp(condition: (held: Held) => boolean): void {
    const ends = [...this.#held.values()].filter(condition).map((held) => this.#endConnection(held));
    this.#settling = Promise.all([this.#settling, ...ends]);
  }

  /** This kernel repeats nothing: whoever waits gets an error now, and the next engine mounts again. */
  async #endConnection(held: Held): Promise<void> {
    try {
      this.#parts.mounts.abort(held.minor);
    } catch (error) {
      // Closing the last descriptor does the same, unless a corpse still holds one.
      this.#parts.log.info({ path: held.path, error: asMemfsError(error).message }, 'not aborted');
    }
    this.#letGo(held.connection);
    await this.#unmountLazily(held.path);
  }

  #letGo(connection: number): void {
    const held = this.#held.get(connection);
    if (held === undefined) return;
    this.#held.delete(connection);
    closeSync(held.descriptor);
  }

  async #unmountLazily(path: string): Promise<void> {
    try {
      await this.#parts.mounts.unmount(path, true);
    } catch (error) {
      this.#parts.log.warn({ path, error: asMemfsError(error).message }, 'unmount failed');
    }
  }

  async #finish(code: number): Promise<void> {
    for (const held of [...this.#held.values()]) {
      this.#letGo(held.connection);
      await this.#unmountLazily(held.path);
    }
    this.#parts.log.info({ code }, 'keeper ends');
    this.#parts.finished(code);
  }
}
