/** What the process of a keeper consists of, and what it has besides the mounts. */
import { rmSync } from 'node:fs';
import type { Logger } from 'pino';
import { keeperSocket } from '../api/address.js';
import type { Programs } from '../api/keeper-state.js';
import { native } from '../fuse/native.js';
import { loadConfig } from './config.js';
import { type EngineEvents, EngineProcess } from './engine-process.js';
import { Keeper } from './keeper.js';
import { KeeperSocket } from './keeper-socket.js';
import { kernelMounts } from './kernel-mounts.js';
import { LockFile } from './lock-file.js';
import { createLog, openLog } from './log.js';
import { openMessageSocket } from './message-socket.js';
import { programs } from './programs.js';
import { listenOnFile } from './socket-file.js';
import { Successor } from './successor.js';

/** Where a successor finds its end of the socketpair: after its standard input, output and error. */
const predecessorDescriptor = 3;
/** Longer than what it allows its own engine (engine-trial.ts). */
const successorLimits = { load: 35_000, take: 25_000 };

export class KeeperProcess {
  readonly keeper: Keeper;
  readonly log: Logger;
  readonly #data: string;
  readonly #foreground: boolean;
  readonly #heartbeatLimit: number;
  readonly #output: number | 'inherit';
  #lock: LockFile | null = null;
  #socket: KeeperSocket | null = null;

  /** Throws `invalid` for a configuration that is none. */
  constructor(data: string, foreground: boolean) {
    this.#data = data;
    this.#foreground = foreground;
    const config = loadConfig(data);
    this.#heartbeatLimit = config.heartbeat_limit_ms;
    this.log = createLog(data, config.log_level, 'keeper', foreground);
    this.#output = foreground ? 'inherit' : openLog(data);
    this.keeper = new Keeper({
      mounts: kernelMounts(data),
      log: this.log,
      programs,
      startEngine: (of, events, standby) => this.#startEngine(of, events, standby),
      startSuccessor: foreground ? null : (of) => this.#startSuccessor(of),
      belongings: () => ({ lock: this.#lock!.descriptor, listener: this.#socket!.descriptor }),
      answerCallers: (answer) => (answer ? this.#comeBack() : this.#socket!.close()),
      finished: (code) => {
        rmSync(keeperSocket(data), { force: true });
        process.exit(code);
      },
      replaced: () => process.exit(0),
    });
  }

  /** The process is the keeper's from here on. `lock`: of the data directory, held until the process ends. */
  own(lock: LockFile, listener: number = listenOnFile(keeperSocket(this.#data))): void {
    this.#lock = lock;
    this.#socket = new KeeperSocket(listener, () => this.keeper.state());
    lock.ready();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.removeAllListeners(signal);
      process.on(signal, () => this.keeper.stop());
    }
    process.on('SIGHUP', () => {});
  }

  /** The successor did not last. */
  #comeBack(): void {
    this.#lock = LockFile.adopt(this.#lock!.descriptor);
    this.#socket = new KeeperSocket(listenOnFile(keeperSocket(this.#data)), () => this.keeper.state());
    this.#lock.ready();
  }

  #startEngine({ command, engine }: Programs, events: EngineEvents, standby: boolean): EngineProcess {
    return new EngineProcess(
      {
        command,
        arguments: [engine, '--data', this.#data, ...(this.#foreground ? ['--foreground'] : [])],
        output: this.#output,
        heartbeatLimit: this.#heartbeatLimit,
        standby,
        socketpair: () => native().socketpair(),
        openSocket: openMessageSocket,
      },
      events,
    );
  }

  #startSuccessor({ command, keeper }: Programs): Successor {
    return new Successor({
      command,
      arguments: [keeper, '--data', this.#data, '--predecessor', String(predecessorDescriptor)],
      output: this.#output as number,
      socketpair: () => native().socketpair(),
      openSocket: openMessageSocket,
      limits: successorLimits,
    });
  }
}
