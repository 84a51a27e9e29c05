/** A memory as its blocks, with what its whole says about each: title, names, the day it was recorded. */
import type { Block } from '../../text/blocks.js';
import { blocksOf } from '../../text/blocks.js';
import { datesIn } from '../../text/dates.js';
import { sentencesOf } from '../../text/sentences.js';
import { wordsOf } from '../../text/words.js';

export interface Passage {
  readonly block: Block;
  /** Without dates that only say when it was recorded. */
  readonly sentences: readonly string[];
  /** A day; null: nothing says. */
  readonly recorded: string | null;
  /** It has a date of its own, not one of what it stands in. */
  readonly dated: boolean;
}

export interface MemoryText {
  readonly path: string;
  readonly lines: readonly string[];
  /** Of the front matter, else the first heading if nothing stands above it, else the name of the file. */
  readonly title: string;
  /** The name of the file and the folders, as words. */
  readonly label: string;
  readonly front: ReadonlyMap<string, string>;
  readonly blocks: readonly Block[];
  /** Those that say something: no headings, no front matter, no dates alone. */
  readonly passages: readonly Passage[];
  /** Of the whole. */
  readonly recorded: string | null;
}

export function readMemoryText(path: string, text: string): MemoryText {
  const blocks = blocksOf(text);
  const front = frontMatter(blocks);
  const name = path
    .split('/')
    .at(-1)!
    .replace(/\.\w+$/, '');
  const heading = blocks.find(({ kind }) => kind !== 'front');
  const title =
    front.get('title') ?? front.get('name') ?? (heading?.kind === 'heading' ? heading.text : words(name));
  const whole = datesOfFront(front).at(-1) ?? datesIn(name)[0]?.date ?? null;
  return {
    ...{ path, lines: text.split(/\r?\n/), title, label: words(path.replace(/\.\w+$/, '')), front, blocks },
    ...passagesOf(blocks, whole),
  };
}

const words = (name: string): string =>
  name
    .replace(/\d{4}-\d\d-\d\d/g, ' ')
    .replace(/[/_-]+/g, ' ')
    .trim();

function frontMatter(blocks: readonly Block[]): Map<string, string> {
  const front = new Map<string, string>();
  for (const { kind, text } of blocks) {
    const { key, value } =
      /^(?<key>[\w-]+):\s*(?<value>.+)$/.exec(kind === 'front' ? text : '')?.groups ?? {};
    if (key !== undefined) front.set(key.toLowerCase(), value!.replace(/^(["'])(.*)\1$/, '$2'));
  }
  return front;
}

/** Keys that say until when, not since when. */
export const endKey = /\b(?:expir|until|till|ends?\b|ending|due|valid|deadline)/i;

/** Words for writing something down or looking at it again: beside nothing but a date they say when. */
const recordWord =
  /^(?:dated?|as|of|on|at|by|in|last|first|written|wrote|since|(?:re)?(?:record|note|updat|add|log|modif|creat|chang|revis|captur|sav|seen|saw|check|review|verif|edit|enter|entr|observ|learn|stat|collect|touch|jott|tim|timestamp|post)\w*|down|up|i|we|it|this|was|is)$/i;

const datesOfFront = (front: ReadonlyMap<string, string>): string[] =>
  [...front]
    .filter(([key]) => !endKey.test(key))
    .flatMap(([, value]) => datesIn(value).filter(({ start }) => start === 0))
    .map(({ date }) => date)
    .sort();

function passagesOf(
  blocks: readonly Block[],
  whole: string | null,
): { passages: Passage[]; recorded: string | null } {
  const read = blocks
    .filter(({ kind }) => kind !== 'front' && kind !== 'comment')
    .filter((block) => !(block.kind === 'row' && block.header.length === 0))
    .map((block) => ({ block, ...withoutRecord(block) }));
  const alone = read.filter(({ block, sentences }) => block.kind !== 'heading' && sentences.length === 0);
  const said = read.filter(({ block, sentences }) => block.kind !== 'heading' && sentences.length > 0);
  const section = ({ headings }: Block): string => headings.join('\n');
  const sections = new Set(said.map(({ block }) => section(block)));
  // A date that stands in a section where nothing else does is one of the whole.
  const general =
    alone.find(({ block, recorded }) => recorded !== null && !sections.has(section(block)))?.recorded ??
    whole;
  const passages = said.map(({ block, sentences, recorded }) => {
    const below = alone.find(
      (other) =>
        other.recorded !== null && other.block.line > block.line && section(other.block) === section(block),
    );
    const above = block.headings.flatMap((heading) => datesIn(heading)).at(-1);
    const around = below?.recorded ?? above?.date ?? general;
    return { block, sentences, recorded: recorded ?? around, dated: recorded !== null };
  });
  const single = passages.length > 0 ? passages[0]!.recorded : null;
  const same = passages.every(({ recorded }) => recorded === single);
  return { passages, recorded: general ?? (same ? single : null) };
}

/** Marks around words, not those inside of one. */
const emphasis = /(?<![\p{L}\p{N}])[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?![\p{L}\p{N}])/gu;

/** How many words may stand beside a date that only says when something was recorded. */
const fewWords = 3;

/** Takes out a date in front, one in brackets at the end, one that is a sentence or a cell of its own. */
function withoutRecord(block: Block): { sentences: string[]; recorded: string | null } {
  let recorded: string | null = null;
  if (block.kind === 'code') return { sentences: [block.text], recorded };
  const note = (date: string): void => {
    recorded ??= date;
  };
  const text = (block.kind === 'row' ? dataCells(block, note).join('\n') : block.text)
    .split('\n')
    .map((line) => withoutLead(line, note))
    .join('\n');
  const sentences = sentencesOf(text)
    .map(({ text: sentence }) => withoutBrackets(sentence, note))
    .filter((sentence) => !isRecord(sentence, note))
    .map((sentence) => sentence.replace(emphasis, ''))
    .filter((sentence) => wordsOf(sentence).length > 0);
  return { sentences, recorded };
}

function dataCells({ cells, header }: Block, note: (date: string) => void): string[] {
  return cells.filter((cell, at) => {
    const [date] = datesIn(cell);
    const isDate = date !== undefined && date.end - date.start === cell.length;
    if (isDate) note(date.date);
    const empty = /^(?:n\/?a|-|–|—|\?|unknown|)$/i.test(cell);
    return !isDate && !(empty && /date|when|updated|recorded/i.test(header[at] ?? ''));
  });
}

function withoutLead(line: string, note: (date: string) => void): string {
  const bare = line.replace(/^[[(*_]*/, '');
  const [date] = datesIn(bare);
  if (date?.start !== 0) return line.replace(/^undated\s+[-–—:]\s+/i, '');
  const mark = /^[\])*_]*\s*(?:[-–—:|]|\s)\s+/.exec(bare.slice(date.end));
  if (mark === null || !/[-–—:|]/.test(mark[0])) return line;
  note(date.date);
  return bare.slice(date.end + mark[0].length);
}

function withoutBrackets(sentence: string, note: (date: string) => void): string {
  const bracket = /\s*[([]([^()[\]]*)[)\]]\s*([.]?)$/.exec(sentence);
  if (bracket === null) return sentence;
  const [, inside, stop] = bracket as unknown as [string, string, string];
  const dates = datesIn(inside);
  if (dates.length !== 1 || !isFew(inside, dates[0]!.text)) return sentence;
  note(dates[0]!.date);
  return sentence.slice(0, bracket.index) + stop;
}

function isRecord(sentence: string, note: (date: string) => void): boolean {
  const dates = datesIn(sentence);
  if (dates.length !== 1 || !isFew(sentence, dates[0]!.text)) return false;
  note(dates[0]!.date);
  return true;
}

function isFew(text: string, date: string): boolean {
  const words = wordsOf(text.replace(date, ' '));
  return words.length <= fewWords && words.every(({ text: word }) => recordWord.test(word));
}
