/**
 * The keeper: mounts, holds the descriptors of the kernel's connections, and sees to it that there is an
 * engine. It does nothing else, so that nothing else can end it: no SQLite, no contents, no long computing.
 */
import { closeSync } from 'node:fs';
import type { Logger } from 'pino';
import type { KeeperState, Programs, RestartRequest } from '../../api/keeper-state.js';
import { asMemfsError, MemfsError, meaningOf } from '../../core/errors.js';
import type { KernelMounts } from '../engine/kernel.js';
import { EngineTrial } from '../restart/engine-trial.js';
import type { PassedOn } from '../restart/predecessor.js';
import { Replacement } from '../restart/replacement.js';
import type { Estate, Successor } from '../restart/successor.js';
import { version } from '../version.js';
import type { EngineEnd, EngineEvents, EngineProcess } from './engine-process.js';
import type { EngineMessage } from './messages.js';
import { RestartPolicy } from './restart-policy.js';

const stopLimit = 30_000;
/** Milliseconds that an engine may take to leave its mounts to the next. */
const leaveLimit = 10_000;

interface Held extends Omit<PassedOn, 'resend' | 'waiting'> {
  /** Whether the kernel will ask again after an engine's death; unknown until INIT was answered. */
  resend: boolean | null;
  /** Between two engines: calls that the first left waiting, in base64. */
  readonly waiting: string[];
}

export interface KeeperParts {
  readonly mounts: KernelMounts;
  readonly log: Logger;
  /** Of the installation that this keeper is from. */
  readonly programs: Programs;
  /** `standby`: beside one that serves. */
  startEngine(programs: Programs, events: EngineEvents, standby: boolean): EngineProcess;
  /** Null: whoever started this keeper watches its process, so it cannot be replaced. */
  readonly startSuccessor: ((programs: Programs) => Successor) | null;
  /** Whether the path of the data still leads to what this keeper has; what it needs there is made again. */
  isInPlace(): boolean;
  /** Handed to a successor besides the mounts. */
  readonly belongings: () => Pick<Estate, 'lock' | 'listener'>;
  /** Another keeper answers callers from now on, or this one does again. */
  answerCallers(answer: boolean): void;
  /** The keeper is done: with 0 after a stop, else with the code of an engine that never got ready. */
  finished(code: number): void;
  /** The keeper is done, and another one goes on with all that it had. */
  replaced(): void;
}

export class Keeper {
  readonly #parts: KeeperParts;
  readonly #held = new Map<number, Held>();
  readonly #restarts = new RestartPolicy();
  readonly #replacement: Replacement;
  #programs: Programs;
  #engine: EngineProcess | null = null;
  /** It is judged by whoever put it in its place. */
  #onTrial = false;
  #everReady = false;
  #stopping = false;
  #exitCode = 0;
  #starts = 0;
  #nextStart: NodeJS.Timeout | undefined;
  /** Called at the end of an engine that was asked to leave. */
  #left: (() => void) | null = null;
  /** Connections of which the engine that left has answered every call. */
  #answered: ReadonlySet<number> = new Set();
  /** Callers that wait for an engine that is ready. */
  readonly #serving: (() => void)[] = [];
  readonly #orders = new Set<Promise<void>>();
  /** Must be over before the next mount: the end of connections that nobody serves. */
  #settling: Promise<unknown> = Promise.resolve();

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#programs = parts.programs;
    this.#replacement = new Replacement(this, parts);
  }

  state(): KeeperState {
    return {
      pid: process.pid,
      version,
      engine: this.#engine?.pid ?? null,
      restarts: Math.max(0, this.#starts - 1),
      stopping: this.#stopping,
      restart: this.#replacement.state,
    };
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  start(): void {
    if (this.#stopping) return void this.#finish(this.#exitCode);
    this.#starts += 1;
    try {
      if (!this.#parts.isInPlace()) return void this.displaced();
      const events: EngineEvents = {
        message: (message) => this.#serve(engine, message),
        ended: (end) => this.#engineEnded(end),
      };
      const engine = this.#parts.startEngine(this.#programs, events, false);
      this.#engine = engine;
      this.#parts.log.info({ engine: engine.pid, restarts: this.#starts - 1 }, 'engine started');
    } catch (thrown) {
      // No descriptors or no memory left: the mounts must outlast that.
      this.#engineEnded({ code: null, reason: asMemfsError(thrown).message, murdered: false });
    }
  }

  /** As `start`; resolves when an engine is ready. */
  startAgain(): Promise<void> {
    const serving = new Promise<void>((resolve) => {
      this.#serving.push(resolve);
    });
    this.start();
    return serving;
  }

  /** Starts an engine beside the one that serves, if one does. It is given nothing before it is promoted. */
  launch(programs: Programs): EngineTrial {
    const trial: EngineTrial = new EngineTrial((events) => this.#parts.startEngine(programs, events, true), {
      message: (message) => {
        if (this.#engine === trial.engine) this.#serve(trial.engine, message);
      },
      ended: (end) => {
        if (this.#engine === trial.engine) this.#engineEnded(end);
      },
    });
    return trial;
  }

  /** Has an engine that is loaded serve the mounts; rejects when it cannot, and is gone then. */
  async promote(trial: EngineTrial, programs: Programs): Promise<void> {
    if (this.#stopping) throw new MemfsError('busy', 'the daemon is stopping');
    this.#starts += 1;
    this.#engine = trial.engine;
    this.#onTrial = true;
    this.#welcome(trial.engine);
    try {
      await trial.ready();
      this.#programs = programs;
      this.#everReady = true;
      this.#parts.log.info({ engine: trial.engine.pid, restarts: this.#starts - 1 }, 'engine took over');
    } catch (error) {
      await trial.abandon();
      throw error;
    } finally {
      this.#onTrial = false;
    }
  }

  /**
   * Has the engine leave the mounts to another; resolves when it is gone and nothing that it asked for is under way.
   * Connections of which a call is unanswered that the kernel will not repeat are ended.
   */
  async retire(): Promise<void> {
    clearTimeout(this.#nextStart);
    this.#answered = new Set();
    const engine = this.#engine;
    if (engine !== null) {
      const left = new Promise<void>((resolve) => {
        this.#left = resolve;
      });
      const timer = setTimeout(() => engine.kill(`did not leave within ${leaveLimit} ms`), leaveLimit);
      engine.send({ type: 'leave' });
      await left;
      clearTimeout(timer);
      this.#left = null;
    }
    await Promise.all(this.#orders);
    this.giveUp((held) => held.resend !== true && !this.#answered.has(held.connection));
    await this.#settling;
  }

  passOn(): PassedOn[] {
    return [...this.#held.values()];
  }

  inherit(mounts: readonly PassedOn[]): void {
    for (const mount of mounts) this.#held.set(mount.connection, { ...mount, waiting: [...mount.waiting] });
  }

  /** As the successor of another keeper: `id` names the restart, and `gone` resolves when that keeper is. */
  succeeded(id: string, gone: Promise<void>): void {
    this.#replacement.succeeded(id, gone);
  }

  /** The mounts stay wanted: the next daemon on these data mounts them again. */
  stop(): void {
    if (this.#stopping) return;
    if (this.#replacement.abandon()) return void this.#parts.replaced();
    this.#expectEnd();
    clearTimeout(this.#nextStart);
    if (this.#engine === null) void this.#finish(this.#exitCode);
    else this.#engine.send({ type: 'stop' });
  }

  /**
   * The path of the data leads elsewhere, where another daemon may be: all ends at once. An engine that ended in order would
   * do so by that path; a killed one has lost nothing that was closed.
   */
  displaced(): void {
    if (this.#exitCode !== 0) return;
    this.#exitCode = meaningOf('gone').exit;
    this.#parts.log.error('the data directory was moved, removed or exchanged: this daemon ends');
    if (this.#replacement.abandon()) return void this.#parts.replaced();
    this.#expectEnd();
    clearTimeout(this.#nextStart);
    if (this.#engine === null) void this.#finish(this.#exitCode);
    else this.#engine.kill('the data directory is not in its place');
  }

  #expectEnd(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    setTimeout(() => this.#engine?.kill(`did not stop within ${stopLimit} ms`), stopLimit).unref();
  }

  #welcome(engine: EngineProcess): void {
    for (const held of this.#held.values()) {
      const { connection, path, source, descriptor } = held;
      engine.send({ type: 'held', mount: { connection, path, source } }, [descriptor]);
      for (const request of held.waiting.splice(0)) engine.send({ type: 'waits', connection, request });
    }
    engine.send({ type: 'welcome', keeper: process.pid, restarts: this.#starts - 1 });
  }

  #serve(engine: EngineProcess, message: EngineMessage): void {
    switch (message.type) {
      case 'hello':
        this.#welcome(engine);
        return;
      case 'ready':
        this.#everReady = true;
        for (const tell of this.#serving.splice(0)) tell();
        return;
      case 'beat':
        return;
      case 'negotiated': {
        const held = this.#held.get(message.connection);
        if (held !== undefined) held.resend = message.resend;
        return;
      }
      case 'mount':
        this.#answer(engine, message.request, async () => {
          const { order } = message;
          this.giveUp((held) => held.path === order.path);
          await this.#settling;
          const made = await this.#parts.mounts.mount(order);
          const { connection, path } = order;
          this.#held.set(connection, { ...made, connection, path, resend: null, waiting: [] });
          engine.send({ type: 'mounted', request: message.request }, [made.descriptor]);
        });
        return;
      case 'unmount':
        this.#answer(engine, message.request, async () => {
          const held = this.#held.get(message.connection);
          if (held !== undefined) await this.#parts.mounts.unmount(held, message.lazy);
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
      case 'restart':
        this.#answer(engine, message.request, async () => {
          this.#begin(message.order);
          engine.send({ type: 'done', request: message.request });
        });
        return;
      case 'waits':
        this.#held.get(message.connection)?.waiting.push(message.request);
        return;
      case 'left':
        this.#answered = new Set(message.answered);
        return;
    }
  }

  #begin(order: RestartRequest): void {
    if (this.#stopping) throw new MemfsError('busy', 'the daemon is stopping');
    if (!this.#parts.isInPlace())
      throw new MemfsError('gone', 'the data directory of this daemon is not in its place any more');
    this.#replacement.begin(order);
  }

  #answer(engine: EngineProcess, request: number, work: () => Promise<void>): void {
    const order = work()
      .catch((thrown: unknown) => {
        const { code, message, hint } = asMemfsError(thrown);
        engine.send({ type: 'failed', request, code, message, hint: hint ?? null });
      })
      .finally(() => this.#orders.delete(order));
    this.#orders.add(order);
  }

  #engineEnded({ code, reason, murdered }: EngineEnd): void {
    this.#engine = null;
    if (this.#stopping) return void this.#finish(this.#exitCode);
    if (this.#left !== null) {
      this.#parts.log.info({ reason }, 'engine left');
      this.#left();
      return;
    }
    if (this.#onTrial) return;
    if (!this.#everReady && code !== null && code !== 0) {
      this.#parts.log.error({ code }, 'the engine cannot start');
      return void this.#finish(code);
    }
    const wait = murdered ? 0 : this.#restarts.afterDeath(performance.now());
    this.#parts.log.warn({ reason, wait }, 'engine ended; the next one is started');
    this.giveUp((held) => held.resend !== true);
    if (wait === 0) this.start();
    else this.#nextStart = setTimeout(() => this.start(), wait);
  }

  /** Ends connections that no engine can go on with. */
  giveUp(condition: (held: PassedOn) => boolean): void {
    const ends = [...this.#held.values()].filter(condition).map((held) => this.#endConnection(held));
    this.#settling = Promise.all([this.#settling, ...ends]);
  }

  /** This kernel repeats nothing: whoever waits gets an error now, and the next engine mounts again. */
  async #endConnection(held: Held): Promise<void> {
    const aborted = await this.#parts.mounts.abort(held).catch((error: unknown) => {
      this.#parts.log.warn({ path: held.path, error: asMemfsError(error).message }, 'not aborted');
      return true;
    });
    // Closing the last descriptor does the same, unless a corpse still holds one.
    if (!aborted) this.#parts.log.info({ path: held.path }, 'ended by closing its descriptor');
    this.#letGo(held.connection);
    await this.#unmountLazily(held);
  }

  #letGo(connection: number): void {
    const held = this.#held.get(connection);
    if (held === undefined) return;
    this.#held.delete(connection);
    closeSync(held.descriptor);
    if (held.control !== null) closeSync(held.control);
  }

  async #unmountLazily(held: Held): Promise<void> {
    try {
      await this.#parts.mounts.unmount(held, true);
    } catch (error) {
      this.#parts.log.warn({ path: held.path, error: asMemfsError(error).message }, 'unmount failed');
    }
  }

  async #finish(code: number): Promise<void> {
    for (const held of [...this.#held.values()]) {
      this.#letGo(held.connection);
      await this.#unmountLazily(held);
    }
    this.#parts.log.info({ code }, 'keeper ends');
    this.#parts.finished(code);
  }
}
