import { plainText } from '../text/words.js';

/** The words of a text in their order, to look for a name whatever joins its parts. */
export class PlainWords {
  readonly #text: string;

  constructor(text: string) {
    this.#text = ` ${plainText(text)} `;
  }

  has(name: string): boolean {
    const words = plainText(name);
    return words !== '' && this.#text.includes(` ${words} `);
  }

  includes(other: PlainWords): boolean {
    return this.#text.includes(other.#text);
  }
}
