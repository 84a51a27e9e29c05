/**
 * Reads environments of processes whose memory others may hold locked. A thread in a page fault on one of our mounts
 * holds that lock until we answer it, and a second one that waits to change the mappings keeps us out meanwhile: read
 * on the loop, that would be waiting for ourselves for ever. So the read is done beside it, and has a time limit.
 */
import { Worker } from 'node:worker_threads';
import { environmentLimit } from './environment.js';

/** An environment that is not read within this time, in ms, is not known for now. */
const limit = 250;

/** The indexes of the control words; their states. */
export const Word = { state: 0, pid: 1, size: 2 } as const;
export const State = { idle: 0, asked: 1 } as const;

export interface SharedMemory {
  readonly control: Int32Array;
  readonly content: Uint8Array;
}

export class EnvironmentThread {
  readonly #shared: SharedMemory = {
    control: new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)),
    content: new Uint8Array(new SharedArrayBuffer(environmentLimit)),
  };

  constructor() {
    new Worker(new URL('./environment-worker.js', import.meta.url), { workerData: this.#shared }).unref();
  }

  /** Null: not readable, not in time, or the thread still waits for another one. Valid until the next call. */
  read(pid: number): Buffer | null {
    const { control, content } = this.#shared;
    if (Atomics.load(control, Word.state) !== State.idle) return null;
    control[Word.pid] = pid;
    Atomics.store(control, Word.state, State.asked);
    Atomics.notify(control, Word.state);
    if (Atomics.wait(control, Word.state, State.asked, limit) === 'timed-out') return null;
    const size = control[Word.size]!;
    return size < 0 ? null : Buffer.from(content.buffer, 0, size);
  }
}
