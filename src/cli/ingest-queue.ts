/** Ingests files one after the other; what changes while it is read is read again. */
import { setTimeout as delay } from 'node:timers/promises';

/** Changes come in swarms, in ms. */
const settling = 100;
const retryAfter = 1_000;

export class IngestQueue {
  readonly #ingest: (path: string) => Promise<'done' | 'again'>;
  readonly #waiting = new Set<string>();
  #running = false;

  /** `ingest` does not reject; what it wants to see again comes again. */
  constructor(ingest: (path: string) => Promise<'done' | 'again'>) {
    this.#ingest = ingest;
  }

  push(path: string): void {
    this.#waiting.add(path);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    await delay(settling);
    for (const path of this.#waiting) {
      this.#waiting.delete(path);
      if ((await this.#ingest(path)) === 'done') continue;
      await delay(retryAfter);
      this.#waiting.add(path);
    }
    this.#running = false;
  }
}
