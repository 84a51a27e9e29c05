/** Shows texts of memories and transcripts to a model: masked, quoted and cut. */
import { MemfsError } from '../../core/errors.js';
import { maskText } from './outgoing.js';

/** In characters, for one result. */
export const pageLength = 16_000;

/** Puts a mark before each line, so that nothing in a text can pass for what a tool says. */
export const quoted = (text: string): string => `| ${text.replaceAll('\n', '\n| ')}`;

/** Puts a name on one line for a heading: names come from transcripts too, and may hold anything. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');

export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most)}… [${text.length - most} more characters]`;

/**
 * Joins as many parts as one result holds, and at least a part of the first. `more` says how to get those
 * behind `count`.
 */
export function page(parts: Iterable<string>, more: (count: number) => string): string {
  const shown: string[] = [];
  let length = 0;
  for (const part of parts) {
    if (length > 0 && length + part.length > pageLength) {
      shown.push(more(shown.length));
      break;
    }
    shown.push(cut(part, pageLength));
    length += part.length;
  }
  return shown.join('\n');
}

/** The lines that hold all words, whatever their case. */
export function* linesWith(
  text: string,
  words: readonly string[],
): Generator<{ readonly line: number; readonly text: string }> {
  const holds = (part: string): boolean => {
    const folded = part.toLowerCase();
    return words.every((word) => folded.includes(word));
  };
  if (!holds(text)) return;
  let line = 0;
  for (const each of maskText(text).split('\n')) {
    line += 1;
    if (holds(each)) yield { line, text: cut(each, 400) };
  }
}

/** The words that a search looks for, in lower case. Throws `invalid` where there are none. */
export function queryWords(query: string): string[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) throw new MemfsError('invalid', 'the query is empty');
  return words;
}
