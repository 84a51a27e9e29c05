/** A change counts as recent for this long, in milliseconds. */
const recentMs = 10_000;
/** Directories that are remembered; what is forgotten counts as long ago. */
const capacity = 4_096;

interface Change {
  readonly author: number;
  readonly at: number;
  /** When somebody else last changed something there. */
  readonly othersAt: number;
}

/** In which directories names have changed lately, and by whom. */
export class RecentChanges {
  /** The latest change is the last. */
  readonly #changes = new Map<number, Change>();

  add(directory: number, author: number): void {
    const last = this.#changes.get(directory);
    const othersAt =
      last === undefined ? Number.NEGATIVE_INFINITY : last.author === author ? last.othersAt : last.at;
    this.#changes.delete(directory);
    this.#changes.set(directory, { author, at: performance.now(), othersAt });
    if (this.#changes.size > capacity) this.#changes.delete(this.#changes.keys().next().value!);
  }

  /** Whether somebody else has changed names in the directory lately. */
  hasOthers(directory: number, connection: number): boolean {
    const last = this.#changes.get(directory);
    if (last === undefined) return false;
    const at = last.author === connection ? last.othersAt : last.at;
    return performance.now() - at < recentMs;
  }
}
