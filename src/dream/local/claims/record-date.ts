/** Finds dates of recording, which stand beside a text and are no part of what it says. */

import type { Block } from '../../text/blocks.js';
import { cues } from '../../text/cues.js';
import { datesIn } from '../../text/dates.js';
import { sentencesOf } from '../../text/sentences.js';
import { lowerWords, wordsOf } from '../../text/words.js';

/** Words that say until when something holds, not since when. */
export const untilWord = cues(
  String.raw`
    \b(?:
      expir\w*|until|till|ends?|ending|due|deadline|thr(?:ough|u)|up to
      valid (?:to|until|till|through|thru)
    )\b
  `,
  'i',
);

/** Words for writing something down or looking at it again: beside nothing but a date they say when. */
const recordWord = cues(
  String.raw`
    ^(?:
      dated?|as|of|on|at|by|in|last|first|written|wrote|since|from
      (?:re)?(?:
        record|note|updat|add|log|modif|creat|chang|revis|captur|sav|seen|saw|check|review|verif|edit
        enter|entr|observ|learn|stat|collect|touch|jott|tim|timestamp|post|issu
      )\w*
      down|up|i|we|it|this|was|is|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satu?r?|sun)(?:day)?
    )$
  `,
  'i',
);
/** The most of them that may stand there. */
const fewWords = 3;
/** Words beside different dates in this many memories belong to the dates. */
const manyMemories = 3;
/** The most words of a greeting or a signature, which many memories hold. */
const greeting = 5;

/** Knows the frames that the texts of one store have around what they say. */
export class RecordForms {
  readonly #frames = new Map<string, Set<string>>();
  readonly #sentences = new Map<string, Set<string>>();

  constructor(texts: Iterable<{ readonly path: string; readonly blocks: readonly Block[] }>) {
    for (const { path, blocks } of texts)
      for (const { kind, text } of blocks)
        if (kind !== 'front' && kind !== 'code' && kind !== 'heading')
          for (const { text: sentence } of sentencesOf(text)) this.#count(path, sentence);
  }

  /** Whether a text only records. `date`: the only date in it. */
  isRecord(text: string, date: string): boolean {
    const rest = text.replace(date, ' ');
    if (untilWord.test(rest)) return false;
    const words = wordsOf(rest);
    if (words.length <= fewWords && words.every(({ text: word }) => recordWord.test(word))) return true;
    return !/\d/.test(rest) && (this.#frames.get(plain(rest))?.size ?? 0) >= manyMemories;
  }

  isGreeting(sentence: string): boolean {
    return (this.#sentences.get(plain(sentence))?.size ?? 0) >= manyMemories;
  }

  #count(path: string, sentence: string): void {
    const dates = datesIn(sentence);
    const [date] = dates;
    if (date !== undefined && dates.length === 1)
      note(this.#frames, plain(sentence.replace(date.text, ' ')), date.date);
    const words = wordsOf(sentence);
    const telling =
      words.length <= greeting && !/\d/.test(sentence) && !words.some(({ text }) => isVerbLike(text));
    if (telling) note(this.#sentences, plain(sentence), path);
  }
}

/** Whether a word makes a sentence say something: "is", "has", "can". */
const isVerbLike = (word: string): boolean =>
  /^(?:is|are|was|were|has|have|had|can|must|may|should|needs?|do|does|not|no|never)$/i.test(word);

const note = (map: Map<string, Set<string>>, key: string, of: string): void => {
  map.set(key, (map.get(key) ?? new Set()).add(of));
};

const plain = (text: string): string => lowerWords(text).join(' ');

export interface Undated {
  readonly rest: string;
  /** Null when there is no date of its own. */
  readonly date: string | null;
}

/**
 * Takes a date off the front of a line: "2025-11-25 - …", "[2025-05-02 00:31] iris: …", "12 April 2025. …".
 */
export function withoutLead(line: string): Undated {
  const bare = line.replace(/^[[(*_]*/, '');
  const [date] = datesIn(bare);
  if (date?.start !== 0) return { rest: line.replace(/^(?:undated|n\/a)\s+[-–—:]\s+/i, ''), date: null };
  const time = /^[T ]\d\d:\d\d(?::\d\d)?Z?/.exec(bare.slice(date.end))?.[0] ?? '';
  const mark =
    /^[\])*_]*\s*[-–—:|.\]),]\s*/.exec(bare.slice(date.end + time.length))?.[0] ?? (time === '' ? null : ' ');
  if (mark === null) return { rest: line, date: null };
  const rest = bare.slice(date.end + time.length + mark.length).trimStart();
  if (rest === '' && line.length > date.text.length + 12) return { rest: line, date: null };
  return {
    rest:
      time === ''
        ? rest.replace(/^\p{L}{0,8}\s?\d{1,3}[.):]\s+/u, '')
        : rest.replace(/^<?[\p{L}\p{N}_.-]+>?:\s+/u, ''),
    date: date.date,
  };
}

/** Takes a date off the end of a sentence: "… (noted 2026-01-28)", "… [2026-W03]", "… @20250820". */
export function withoutTail(sentence: string, forms: RecordForms): Undated {
  const [, inside, stop] = /\s*[([]([^()[\]]*)[)\]]\s*([.]?)$/.exec(sentence) ?? [];
  if (inside !== undefined) {
    const dates = datesIn(inside);
    const rest = sentence.slice(0, sentence.lastIndexOf(inside) - 1).trimEnd() + stop;
    if (dates.length === 1 && forms.isRecord(inside, dates[0]!.text)) return { rest, date: dates[0]!.date };
  }
  const last = datesIn(sentence).at(-1);
  const tag = last === undefined ? null : /\s+[@#^]$/.exec(sentence.slice(0, last.start));
  return last !== undefined && tag !== null && last.end === sentence.length
    ? { rest: sentence.slice(0, tag.index), date: last.date }
    : { rest: sentence, date: null };
}
