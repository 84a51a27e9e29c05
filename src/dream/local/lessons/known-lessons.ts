/** Tells whether a memory says it already. */
import type { Memory } from '../../input.js';

export class KnownLessons {
  readonly #texts: readonly string[];

  constructor(memories: readonly Memory[]) {
    this.#texts = memories.map(({ path, text }) => `${path}\n${text}`.toLowerCase());
  }

  /** Whether some memory has all of `news` and one of `topic`. */
  has(news: readonly string[], topic: readonly string[]): boolean {
    const all = news.map((word) => word.toLowerCase());
    const some = topic.map((word) => word.toLowerCase());
    return this.#texts.some(
      (text) => all.every((word) => text.includes(word)) && some.some((word) => text.includes(word)),
    );
  }
}
