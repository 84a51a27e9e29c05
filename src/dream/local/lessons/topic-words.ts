/** Finds what requests are about: words that they share and others do not have. */

/** The share of all requests above which a word says nothing. */
const commonest = 0.3;

export class TopicWords {
  readonly #requests = new Map<string, number>();
  #count = 0;

  /** Counts the words of any request, to know which are common. */
  add(text: string): void {
    this.#count += 1;
    for (const stem of stemsOf(text).keys()) this.#requests.set(stem, (this.#requests.get(stem) ?? 0) + 1);
  }

  /**
   * Returns words that most of the texts have, the rarest elsewhere first, as the newest text spells them.
   */
  shared(texts: readonly string[]): string[] {
    const counts = new Map<string, number>();
    const surface = new Map<string, string>();
    for (const text of texts)
      for (const [stem, word] of stemsOf(text)) {
        counts.set(stem, (counts.get(stem) ?? 0) + 1);
        surface.set(stem, word);
      }
    const elsewhere = (stem: string): number =>
      Math.max(0, (this.#requests.get(stem) ?? 0) - counts.get(stem)!);
    return [...counts]
      .filter(
        ([stem, n]) => n >= Math.max(2, 0.6 * texts.length) && elsewhere(stem) <= commonest * this.#count,
      )
      .sort(([a, n], [b, m]) => m - n || elsewhere(a) - elsewhere(b) || (a < b ? -1 : 1))
      .map(([stem]) => surface.get(stem)!);
  }
}

/** Words by stem. Endings are cut off only so far that a plural meets its singular. */
function stemsOf(text: string): Map<string, string> {
  const words = text.toLowerCase().match(/\p{L}[\p{L}\d]{2,}/gu) ?? [];
  return new Map(words.map((word) => [word.length > 4 ? word.replace(/(?:ies|es|s|y)$/, '') : word, word]));
}
