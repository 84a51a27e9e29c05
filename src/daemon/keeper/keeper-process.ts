/** The process of a keeper: its parts, and what it has besides the mounts. */
import { rmSync } from 'node:fs';
import type { Logger } from 'pino';
import { keeperSocket } from '../../api/address.js';
import type { Programs } from '../../api/keeper-state.js';
import { native } from '../../fuse/native.js';
import { loadConfig } from '../config.js';
import { HeldDirectory } from '../directory/held-directory.js';
import { LockFile } from '../directory/lock-file.js';
import { listenOnFile } from '../directory/socket-file.js';
import { createLog, openLog } from '../log/log.js';
import { Successor } from '../restart/successor.js';
import { type EngineEvents, EngineProcess } from './engine-process.js';
import { Keeper } from './keeper.js';
import { keeperLock } from './keeper-lock.js';
import { KeeperSocket } from './keeper-socket.js';
import { kernelMounts } from './kernel-mounts.js';
import { openMessageSocket } from './message-socket.js';
import { programs } from './programs.js';

/** Where a successor finds its end of the socketpair: after its standard input, output and error. */
const predecessorDescriptor = 3;
/** Longer than what it allows its own engine (engine-trial.ts). */
const successorLimits = { load: 35_000, take: 25_000 };
/** Milliseconds between two looks at the place of the data directory. */
const lookEvery = 250;

export class KeeperProcess {
  readonly keeper: Keeper;
  readonly log: Logger;
  readonly #data: string;
  readonly #directory: HeldDirectory;
  readonly #foreground: boolean;
  readonly #heartbeatLimit: number;
  readonly #output: number | 'inherit';
  #lock: LockFile | null = null;
  #socket: KeeperSocket | null = null;

  /** Throws `invalid` for a configuration that is none. */
  constructor(data: string, foreground: boolean) {
    this.#data = data;
    this.#directory = new HeldDirectory(data);
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
      isInPlace: () => this.#isInPlace(),
      belongings: () => ({ lock: this.#lock!.descriptor, listener: this.#socket!.descriptor }),
      answerCallers: (answer) => (answer ? this.#comeBack() : this.#socket!.close()),
      finished: (code) => {
        if (this.#directory.isInPlace() && this.#lock?.isAt(keeperLock(data)))
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
    setInterval(() => {
      if (!this.#directory.isInPlace()) this.keeper.displaced();
    }, lookEvery);
  }

  /** Somebody may have removed lock and socket; whoever has the new lock has the directory. */
  #isInPlace(): boolean {
    if (!this.#directory.isInPlace()) return false;
    if (this.#lock === null || this.#lock.isAt(keeperLock(this.#data))) return true;
    const lock = LockFile.take(keeperLock(this.#data));
    if (lock === null) return false;
    this.#lock.release();
    this.#socket?.close();
    this.#answer(lock);
    return true;
  }

  #answer(lock: LockFile): void {
    this.#lock = lock;
    this.#socket = new KeeperSocket(listenOnFile(keeperSocket(this.#data)), () => this.keeper.state());
    lock.ready();
  }

  /** The successor did not last. */
  #comeBack(): void {
    this.#answer(LockFile.adopt(this.#lock!.descriptor));
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
