/**
 * Tells dates and numbers that a memory holds beside what it says: when it was written down, the number of a
 * row.
 */
import type { DreamInput } from '../input.js';
import { claimsOf } from '../local/claims/claims-of.js';
import { datesIn } from '../text/dates.js';
import type { Fact } from '../text/facts.js';
import { escaped } from '../text/pattern.js';

/** Returns whether a fact stands in the memory that the dream was made from, but in none of its sentences. */
export function bookkeepingOf(input: DreamInput): (path: string, fact: Fact) => boolean {
  const said = new Map<string, string>();
  const sentencesOf = (path: string): string | null => {
    const text = claimsOf(input).texts.get(path);
    if (text === undefined) return null;
    const known = said.get(path) ?? text.passages.flatMap(({ sentences }) => sentences).join('\n');
    said.set(path, known);
    return known;
  };
  return (path, { kind, text }) => {
    // 2026/02/05 has the form of a path.
    if (kind !== 'date' && kind !== 'quantity' && datesIn(text)[0]?.text !== text) return false;
    const sentences = sentencesOf(path);
    return sentences !== null && !standsIn(sentences, text);
  };
}

/** Whether a number stands there, not as a part of another one. */
function standsIn(sentences: string, text: string): boolean {
  const spelling = escaped(text).replace(/\s+/g, '\\s+');
  return new RegExp(`(?<![\\d.:/-])${spelling}(?![\\d:/-]|\\.\\d)`).test(sentences);
}
