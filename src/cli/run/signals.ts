/** The effects of signals on a run: on COMMAND while it runs, to the preparations before, to nothing while it is cleared away. */
import { MemfsError } from '../../core/errors.js';
import type { Surroundings } from '../context.js';
import { statusAfter } from '../interrupt.js';
import { isFromTerminal } from './terminal.js';

const held = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGTSTP',
  'SIGCONT',
] as const satisfies readonly NodeJS.Signals[];

const ending: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);

export interface Target {
  signal(signal: NodeJS.Signals): void;
  /** In the group of processes that has the terminal, so that keys reach it without this process. */
  readonly sharesTerminal: boolean;
}

export class RunSignals {
  #target: Target | 'nobody yet' | 'nobody any more' = 'nobody yet';
  #early: NodeJS.Signals | undefined;
  #late = false;
  /** Later signals do again what they always do. */
  readonly release: () => void;

  constructor(around: Surroundings) {
    this.release = around.holdSignals?.(held, (signal) => this.#take(signal)) ?? (() => {});
  }

  /** The exit status when one came before COMMAND began that ends the run. */
  get interrupted(): number | undefined {
    return this.#early && statusAfter(this.#early);
  }

  /** Throws `interrupted` when one came that ends the run. */
  check(): void {
    if (this.#early !== undefined)
      throw new MemfsError('interrupted', `${this.#early} came before COMMAND began`);
  }

  /** From now on they are for COMMAND. */
  passTo(target: Target): void {
    this.check();
    this.#target = target;
  }

  /** COMMAND has ended; only a second signal ends what is left to do. */
  stopPassing(): void {
    this.#target = 'nobody any more';
  }

  #take(signal: NodeJS.Signals): void {
    const target = this.#target;
    if (typeof target === 'object') {
      if (!(target.sharesTerminal && isFromTerminal(signal))) target.signal(signal);
    } else if (ending.has(signal)) {
      if (target === 'nobody yet') this.#early ??= signal;
      else if (this.#late) process.exit(statusAfter(signal));
      else this.#late = true;
    }
    // Held, it stops nobody; this one does.
    if (signal === 'SIGTSTP') process.kill(process.pid, 'SIGSTOP');
  }
}
