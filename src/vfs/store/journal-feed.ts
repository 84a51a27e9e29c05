import { refusal } from '../../core/errors.js';

/** Wakes those who wait for the next record of a journal. */
export class JournalFeed {
  readonly #waiting = new Set<() => void>();

  /** There is a new record. */
  advanced(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Resolves at the next record; rejects with `interrupted` when the signal says so. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(wake);
        reject(refusal('interrupted', 'interrupted while waiting for a record'));
      };
      const wake = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      if (signal.aborted) {
        stop();
        return;
      }
      this.#waiting.add(wake);
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}
