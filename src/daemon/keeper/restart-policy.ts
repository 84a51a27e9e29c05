/** How long to wait before the next engine: not at all, unless engines die one after another. */

const window = 10_000;
const deathsAtOnce = 5;
const longest = 30_000;

export class RestartPolicy {
  #deaths: number[] = [];
  #wait = 0;

  /** `now` in milliseconds of a clock that only goes forward; returns the milliseconds to wait. */
  afterDeath(now: number): number {
    this.#deaths = [...this.#deaths.filter((time) => now - time < window), now];
    const recently = this.#wait > 0 && now - (this.#deaths.at(-2) ?? Number.NEGATIVE_INFINITY) < window;
    if (this.#deaths.length < deathsAtOnce && !recently) this.#wait = 0;
    else this.#wait = Math.min(longest, Math.max(1_000, this.#wait * 2));
    return this.#wait;
  }
}
