/** Splits a text into sentences. */
import { cues } from './cues.js';

export interface Sentence {
  readonly text: string;
  /** Characters from the beginning of the text. */
  readonly start: number;
}

/** An abbreviation, whose full stop ends no sentence: one letter, or a short word. */
const abbreviation = cues(
  String.raw`
    (?:^|[\s(])(?:
      \p{Lu}|[vV]s?|[Nn]os?|e\.g|i\.e|[Aa]pprox|Inc|Ltd|Co|Corp|Dr|Mr|Mrs|Ms|Prof|St|ca|cf|[Ee]xt
      [Ff]ig|Art|resp|incl|[Ee]st|[Dd]ept|Jr|Sr|al|pp|[Vv]ol
    )\.$
  `,
  'u',
);

/** In characters: lines of running text are about as long as the page is wide. */
const shortLine = 60;

/** Whether a line end ends a sentence: its own end says so, or the next word would have had room in it. */
function isBreak(text: string, start: number, at: number): boolean {
  const line = text.slice(Math.max(start, text.lastIndexOf('\n', at - 1) + 1), at);
  const [next] = /^\s*\S*/.exec(text.slice(at + 1))!;
  return /[:.!?]\s*$/.test(line) || line.length + next.length < shortLine;
}

export function sentencesOf(text: string): Sentence[] {
  const sentences: Sentence[] = [];
  let start = 0;
  const end = (at: number): void => {
    const piece = text.slice(start, at);
    const trimmed = piece.trim();
    if (trimmed !== '') sentences.push({ text: trimmed, start: start + piece.indexOf(trimmed[0]!) });
    start = at;
  };
  for (const { 0: mark, index } of text.matchAll(/[.!?;]["')\]*_`]*(?=\s)|\n|\s\/\/\s/g)) {
    const at = index + mark.length;
    if (mark.includes('//')) {
      end(index);
      start = at;
      continue;
    }
    if (mark === '\n') {
      if (isBreak(text, start, index)) end(at);
      continue;
    }
    if (mark === '.' && abbreviation.test(text.slice(start, at))) continue;
    end(at);
  }
  end(text.length);
  return sentences;
}
