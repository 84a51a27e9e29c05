interface Wait {
  readonly deadline: number;
  readonly resolve: () => void;
}

/**
 * Promises by id that resolve when they are ended or when their time is up, whichever is first. As all have
 * the same limit, the oldest is the next to be late, and one timer serves all.
 */
export class WaitList {
  readonly #limit: number;
  readonly #onLate: (ids: readonly number[]) => void;
  readonly #waits = new Map<number, Wait>();
  #timer: NodeJS.Timeout | null = null;

  /** `limit` in milliseconds. `onLate` hears which ids were not ended in time, after they resolved. */
  constructor(limit: number, onLate: (ids: readonly number[]) => void) {
    this.#limit = limit;
    this.#onLate = onLate;
  }

  add(id: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waits.set(id, { deadline: performance.now() + this.#limit, resolve });
      this.#timer ??= setTimeout(() => this.#expire(), this.#limit);
    });
  }

  end(id: number): void {
    this.#waits.get(id)?.resolve();
    this.#waits.delete(id);
  }

  endAll(): void {
    for (const id of [...this.#waits.keys()]) this.end(id);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #expire(): void {
    const now = performance.now();
    const late: number[] = [];
    this.#timer = null;
    for (const [id, wait] of this.#waits) {
      if (wait.deadline > now) {
        this.#timer = setTimeout(() => this.#expire(), wait.deadline - now + 1);
        break;
      }
      late.push(id);
    }
    for (const id of late) this.end(id);
    if (late.length > 0) this.#onLate(late);
  }
}
