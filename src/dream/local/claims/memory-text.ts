/** Reads a memory as passages, with what its whole says about each: title, the day it was recorded. */
import type { Block } from '../../text/blocks.js';
import { blocksOf } from '../../text/blocks.js';
import { datesIn } from '../../text/dates.js';
import { sentencesOf } from '../../text/sentences.js';
import { wordsOf } from '../../text/words.js';
import { asWords, datesOfFront, fieldsOf, frontMatter, headerOf, titleOf } from './memory-head.js';
import { RecordForms, withoutLead, withoutTail } from './record-date.js';

export interface Passage {
  readonly block: Block;
  /** The sentences without dates that only say when they were recorded. */
  readonly sentences: readonly string[];
  /** The day on which it was recorded; null: nothing says. */
  readonly recorded: string | null;
  /** Whether the passage has a date of its own, not one of what it stands in. */
  readonly dated: boolean;
  /** Whether it is a step of a procedure, which stands where it stands for a reason. */
  readonly isStep: boolean;
}

export interface MemoryText {
  readonly path: string;
  readonly lines: readonly string[];
  /** The title in the front matter, else above everything, else the name of the file. */
  readonly title: string;
  /** The names of the folders and the file, as words. */
  readonly pieces: readonly string[];
  readonly front: ReadonlyMap<string, string>;
  readonly blocks: readonly Block[];
  /** The passages that say something: no headings, no front matter, no dates alone. */
  readonly passages: readonly Passage[];
  /** The day on which the whole was recorded; null: nothing says. */
  readonly recorded: string | null;
}

/** Reads all memories of a store together: what surrounds their claims is known by its recurring. */
export function readMemoryTexts(
  memories: readonly { readonly path: string; readonly text: string }[],
): MemoryText[] {
  const read = memories.map(({ path, text }) => ({ path, text, blocks: blocksOf(text) }));
  const forms = new RecordForms(read);
  return read.map((memory) => readMemoryText(memory, forms));
}

/** Reads a text that stands alone. */
export const readText = (text: string): MemoryText => readMemoryTexts([{ path: '', text }])[0]!;

function readMemoryText(
  { path, text, blocks }: { path: string; text: string; blocks: readonly Block[] },
  forms: RecordForms,
): MemoryText {
  const header = headerOf(blocks);
  const front = new Map([...frontMatter(blocks), ...fieldsOf(header)]);
  const name = path
    .split('/')
    .at(-1)!
    .replace(/\.\w+$/, '');
  const top = titleOf(blocks, header);
  const field = front.get('title') ?? front.get('name') ?? front.get('subject') ?? front.get('re');
  const title = field ?? top?.text ?? asWords(name);
  const whole =
    datesOfFront(front).at(-1) ??
    datesIn(top?.dateText ?? '')[0]?.date ??
    datesIn(name.replace(/_|-(?!W?\d)/g, ' '))[0]?.date ??
    null;
  const said = blocks.filter(
    (block) => block !== header && (block.kind === 'heading' || block !== top?.block),
  );
  const pieces = path
    .replace(/\.\w+$/, '')
    .split('/')
    .map(asWords);
  return {
    ...{ path, lines: text.split(/\r?\n/), title, front, blocks },
    pieces: pieces.filter((piece) => piece !== ''),
    ...passagesOf(said, whole, forms),
  };
}

interface Read {
  readonly block: Block;
  readonly sentences: readonly string[];
  readonly date: string | null;
}

function passagesOf(
  blocks: readonly Block[],
  whole: string | null,
  forms: RecordForms,
): { passages: Passage[]; recorded: string | null } {
  const read: Read[] = blocks
    .filter(({ kind }) => kind !== 'front' && kind !== 'comment' && kind !== 'heading')
    .filter((block) => !(block.kind === 'row' && block.header.length === 0))
    .map((block) => ({ block, ...withoutRecord(block, forms) }));
  const alone = read.filter(({ sentences, date }) => sentences.length === 0 && date !== null);
  const said = read.filter(({ sentences }) => sentences.length > 0);
  const section = ({ headings }: Block): string => headings.join('\n');
  const sections = new Set(said.map(({ block }) => section(block)));
  // A date that stands in a section where nothing else does is one of the whole.
  const general = alone.find(({ block }) => !sections.has(section(block)))?.date ?? whole;
  const steps = stepsOf(blocks);
  const passages = said.map(({ block, sentences, date }) => {
    const inside = alone.find((other) => block.parents.includes(other.block.line));
    const same = alone.filter(
      (other) =>
        section(other.block) === section(block) &&
        !said.some((one) => one.block.parents.includes(other.block.line)),
    );
    const beside = same.find((other) => other.block.line > block.line) ?? same[0];
    const above = block.headings.flatMap((heading) => datesIn(heading)).at(-1);
    const around = inside?.date ?? beside?.date ?? above?.date ?? general;
    const dated = date !== null || inside !== undefined;
    return { block, sentences, recorded: date ?? around, dated, isStep: steps.has(block) };
  });
  const single = passages.length > 0 ? passages[0]!.recorded : null;
  const same = passages.every(({ recorded }) => recorded === single);
  return { passages, recorded: general ?? (same ? single : null) };
}

/**
 * The steps of procedures: numbered lists and lists of commands, of three items, or of two with commands in
 * them.
 */
function stepsOf(blocks: readonly Block[]): Set<Block> {
  const steps = new Set<Block>();
  let list: Block[] = [];
  const end = (): void => {
    const commands = list.some(({ text }) => /`[^`]+`/.test(text));
    if (list.length > 2 || (list.length === 2 && commands)) for (const block of list) steps.add(block);
    list = [];
  };
  for (const block of blocks)
    if (block.kind === 'item' && (block.ordered || /^`[^`]+`$/.test(block.text))) list.push(block);
    else end();
  end();
  return steps;
}

/** Marks of emphasis around words, not those inside of one. */
const emphasis = /(?<![\p{L}\p{N}])[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?![\p{L}\p{N}])/gu;

/**
 * Takes out the date of recording: in front, in brackets at the end, or as a sentence or a cell of its own.
 */
function withoutRecord(block: Block, forms: RecordForms): { sentences: string[]; date: string | null } {
  let noted: string | null = null;
  if (block.kind === 'code') return { sentences: [block.text], date: null };
  const note = (date: string | null): void => {
    noted ??= date;
  };
  const lines = (block.kind === 'row' ? dataCells(block, note) : block.text.split('\n')).map((line) => {
    const { rest, date } = withoutLead(line);
    note(date);
    return rest;
  });
  const sentences = sentencesOf(lines.join('\n'))
    .map(({ text }) => {
      const { rest, date } = withoutTail(text, forms);
      note(date);
      return rest;
    })
    .filter((sentence) => {
      const dates = datesIn(sentence);
      const isRecord = dates.length === 1 && forms.isRecord(sentence, dates[0]!.text);
      if (isRecord) note(dates[0]!.date);
      return !isRecord && !forms.isGreeting(sentence);
    })
    .map((sentence) =>
      sentence
        .replace(emphasis, '')
        .replace(/\s+/g, ' ')
        .replace(/^[QA]:\s+/, ''),
    )
    .filter((sentence) => wordsOf(sentence).length > 0);
  return { sentences, date: noted };
}

/** The cells of a row without those that only number or date it, or are empty. */
function dataCells({ cells }: Block, note: (date: string) => void): string[] {
  return cells.filter((cell, at) => {
    const [date] = datesIn(cell);
    const isDate = date !== undefined && date.end - date.start === cell.length;
    if (isDate) note(date.date);
    const empty = /^(?:n\/?a|[-–—?]+|unknown|undated|)$/i.test(cell);
    return !isDate && !empty && !(at === 0 && /^#?\d{1,4}\.?$/.test(cell));
  });
}
