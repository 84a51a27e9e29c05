/** Tells whether a new line says what only secluded texts say. */
import { factsInLines, isValue } from '../text/facts.js';
import { Phrases } from '../trust/phrases.js';

/** The share of a line's words that may stand in a secluded text by chance. */
const copied = 0.6;
/** Numbers up to these stand anywhere: with a unit, and without. */
const telling = { measured: 12, counted: 99 };

export class Secluded {
  readonly #phrases = new Phrases();
  readonly #values = new Set<string>();
  readonly #openPhrases = new Phrases();
  readonly #openValues = new Set<string>();

  /** `hidden`: the secluded texts; `open`: texts that everybody concerned may see. */
  constructor(hidden: Iterable<string>, open: Iterable<string>) {
    for (const text of new Set(hidden)) {
      this.#phrases.add(text);
      for (const value of valuesOf(text)) this.#values.add(value);
    }
    for (const text of new Set(open)) {
      this.#openPhrases.add(text);
      for (const value of valuesOf(text)) this.#openValues.add(value);
    }
  }

  /**
   * The part of the line that stands in secluded texts alone; null: there is none. `independent`: text of
   * others, who need not have it from there.
   */
  leak(line: string, independent: string): string | null {
    const said = valuesOf(independent);
    for (const value of valuesOf(line))
      if (this.#values.has(value) && !this.#openValues.has(value) && !said.has(value)) return value;
    const isCopied =
      this.#phrases.containment(line) >= copied &&
      this.#openPhrases.containment(line) < copied &&
      !independent.includes(line.trim());
    return isCopied ? line.trim() : null;
  }
}

function valuesOf(text: string): Set<string> {
  const facts = factsInLines(text).filter((fact) => isValue(fact) || fact.kind === 'name');
  const tells = facts.filter(
    ({ quantity }) =>
      quantity === null ||
      quantity.amount > (quantity.dimension === null ? telling.counted : telling.measured),
  );
  return new Set(tells.map(({ value }) => value));
}
