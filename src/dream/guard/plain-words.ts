/** Words in their order, to look for a name whatever joins its parts. */
export class PlainWords {
  readonly #text: string;

  constructor(text: string) {
    this.#text = ` ${plain(text)} `;
  }

  has(name: string): boolean {
    const words = plain(name);
    return words !== '' && this.#text.includes(` ${words} `);
  }

  includes(other: PlainWords): boolean {
    return this.#text.includes(other.#text);
  }
}

const plain = (text: string): string => (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');
