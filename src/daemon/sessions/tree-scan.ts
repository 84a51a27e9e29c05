/** Looks at all processes, beside the loop that answers the kernel, for those that descend from a session's. */
import { Worker } from 'node:worker_threads';
import type { ProcessTrees } from './process-trees.js';
import type { ScanOrder, ScanResult } from './scan-processes.js';

/** In ms; more where there are so many processes that one look takes long. */
const every = 1_000;
/** At most this part of the time goes into looking. */
const share = 0.05;
/** In ms, for who waits for a look. */
const patience = 2_000;

/** Runs while a session has processes. */
export class TreeScan {
  readonly #trees: ProcessTrees;
  readonly #barriers: readonly number[];
  readonly #emptied: (sessions: readonly string[]) => void;
  #worker: Worker | null = null;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  /** Callers that wait for a look that begins after they asked. */
  #waiting: (() => void)[] = [];
  /** In the order of the orders that the worker has been given. */
  readonly #answers: ((result: ScanResult) => void)[] = [];

  /** `emptied` hears of sessions whose last process has ended. */
  constructor(
    trees: ProcessTrees,
    barriers: ReadonlySet<number>,
    emptied: (sessions: readonly string[]) => void,
  ) {
    this.#trees = trees;
    this.#barriers = [...barriers];
    this.#emptied = emptied;
  }

  /** Looks at once, and then again and again. */
  wake(): void {
    if (this.#stopped || this.#timer !== null) return;
    this.#look();
  }

  /** Looks now, and resolves when what was found has been taken in; after `patience` at the latest. */
  async look(): Promise<void> {
    if (this.#stopped || this.#trees.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      setTimeout(resolve, patience).unref();
      this.#look();
    });
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    void this.#worker?.terminate();
  }

  #look(): void {
    this.#timer = null;
    if (this.#stopped || this.#trees.size === 0) return;
    const began = performance.now();
    const waiting = this.#waiting.splice(0);
    // Armed first: a thread that dies or is held up must not end the watch.
    this.#arm(10 * every);
    this.#ask((result) => {
      const took = performance.now() - began;
      this.#emptied(this.#trees.learn(result));
      this.#arm(Math.max(every, took / share));
      for (const each of waiting) each();
    });
  }

  #arm(delay: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = this.#stopped ? null : setTimeout(() => this.#look(), delay).unref();
  }

  #ask(answer: (result: ScanResult) => void): void {
    const worker = this.#worker ?? this.#start();
    const order = scanOrder(this.#trees, this.#barriers);
    this.#answers.push(answer);
    worker.postMessage(order);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./tree-scan-worker.js', import.meta.url));
    worker.on('message', (result: ScanResult) => this.#answers.shift()?.(result));
    worker.once('error', () => {});
    worker.once('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#answers.length = 0;
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }
}

export const scanOrder = (trees: ProcessTrees, barriers: readonly number[]): ScanOrder => ({
  members: trees.members().map(({ pid, started, session, inner }) => ({
    pid,
    started,
    session,
    shared: inner.length > 0,
  })),
  barriers,
});
