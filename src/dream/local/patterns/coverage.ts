/** Knows which stretches of time were looked at. */
import type { Excerpt } from './timeline.js';

export class Coverage {
  readonly #bySource = new Map<number, Excerpt[]>();
  readonly #bySources = new Map<ReadonlySet<number>, Stretches>();

  constructor(excerpts: readonly Excerpt[]) {
    for (const excerpt of excerpts) {
      const known = this.#bySource.get(excerpt.source);
      if (known === undefined) this.#bySource.set(excerpt.source, [excerpt]);
      else known.push(excerpt);
    }
  }

  /** The stretches that any of the sources covers; worked out once for each set. */
  of(sources: ReadonlySet<number>): Stretches {
    let stretches = this.#bySources.get(sources);
    if (stretches === undefined) {
      stretches = new Stretches([...sources].flatMap((source) => this.#bySource.get(source) ?? []));
      this.#bySources.set(sources, stretches);
    }
    return stretches;
  }
}

/** Stretches of time, disjoint and sorted. */
export class Stretches {
  readonly #froms: number[] = [];
  readonly #tos: number[] = [];

  constructor(excerpts: readonly Pick<Excerpt, 'from' | 'to'>[]) {
    for (const { from, to } of excerpts.toSorted((a, b) => a.from - b.from)) {
      const last = this.#tos.length - 1;
      if (last >= 0 && from <= this.#tos[last]!) this.#tos[last] = Math.max(this.#tos[last]!, to);
      else {
        this.#froms.push(from);
        this.#tos.push(to);
      }
    }
  }

  /** The length of all, in seconds. */
  get length(): number {
    return this.#tos.reduce((sum, to, i) => sum + to - this.#froms[i]!, 0);
  }

  has(moment: number): boolean {
    let low = 0;
    let high = this.#froms.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#froms[middle]! <= moment) low = middle + 1;
      else high = middle;
    }
    return low > 0 && this.#tos[low - 1]! >= moment;
  }
}
