/** A text as it is shown to the model, and the way back from there. */
import { maskText } from './outgoing.js';

const mark = /\[masked:[^\]]*\]/g;

interface Mark {
  /** The place of the mark in the shown text. */
  readonly start: number;
  readonly end: number;
  /** The text that it stands for. */
  readonly original: string;
}

export class MaskedText {
  readonly shown: string;
  readonly #text: string;
  /** Null when it cannot be told what the marks stand for. */
  readonly #marks: readonly Mark[] | null;

  constructor(text: string) {
    this.#text = text;
    this.shown = maskText(text);
    this.#marks = marksOf(text, this.shown);
  }

  /** The original of a part of the shown text; null: it begins or ends within a mark. */
  original(start: number, end: number): string | null {
    const from = this.#offset(start);
    const to = this.#offset(end);
    return from === null || to === null ? null : this.#text.slice(from, to);
  }

  /**
   * A replacement for a part of the shown text, in which the marks that it keeps become what they stand for.
   */
  restored(replacement: string, start: number, end: number): string {
    const left = (this.#marks ?? []).filter((each) => each.start >= start && each.end <= end);
    return replacement.replaceAll(mark, (kept) => {
      const at = left.findIndex((each) => this.shown.slice(each.start, each.end) === kept);
      return at < 0 ? kept : left.splice(at, 1)[0]!.original;
    });
  }

  #offset(shown: number): number | null {
    if (this.#marks === null) return null;
    let offset = shown;
    for (const { start, end, original } of this.#marks) {
      if (shown <= start) break;
      if (shown < end) return null;
      offset += original.length - (end - start);
    }
    return offset;
  }
}

/** Finds what the marks stand for: between them both texts are the same. */
function marksOf(text: string, shown: string): Mark[] | null {
  const marks: Mark[] = [];
  const found = [...shown.matchAll(mark)];
  let at = found[0]?.index ?? 0;
  for (const [i, { 0: sign, index }] of found.entries()) {
    const between = shown.slice(index + sign.length, found[i + 1]?.index);
    const next = i === found.length - 1 ? text.length - between.length : text.indexOf(between, at + 1);
    // Two marks side by side: nothing says where one ends.
    const isApart = between !== '' || i === found.length - 1;
    if (!isApart || next < at || !text.startsWith(between, next)) return null;
    marks.push({ start: index, end: index + sign.length, original: text.slice(at, next) });
    at = next + between.length;
  }
  return marks;
}
