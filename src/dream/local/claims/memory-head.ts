/** Reads the head of a memory: front matter, the header of a letter, the title. */
import type { Block } from '../../text/blocks.js';
import { datesIn } from '../../text/dates.js';
import { wordsOf } from '../../text/words.js';
import { untilWord } from './record-date.js';

export const asWords = (name: string): string =>
  name
    .replace(/\d{4}-?\d\d-?\d\d/g, ' ')
    .replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ')
    .replace(/[_-]+/g, ' ')
    .trim();

const fieldForm = /^(?<key>\p{L}[\p{L} _-]{0,20}):\s*(?<value>.+)$/u;

/** The header of a letter, "From: …", "Date: …"; null: there is none. */
export function headerOf(blocks: readonly Block[]): Block | null {
  const first = blocks.find(({ kind }) => kind !== 'front');
  if (first?.kind !== 'paragraph') return null;
  const lines = first.text.split('\n');
  return lines.length > 1 && lines.every((line) => fieldForm.test(line)) ? first : null;
}

export const fieldsOf = (block: Block | null): [string, string][] =>
  (block?.text ?? '').split('\n').flatMap((line) => {
    const { key, value } = fieldForm.exec(line)?.groups ?? {};
    return key === undefined
      ? []
      : [[key.toLowerCase(), value!.replace(/^(["'])(.*)\1$/, '$2')] as [string, string]];
  });

export const frontMatter = (blocks: readonly Block[]): [string, string][] =>
  blocks.filter(({ kind }) => kind === 'front').flatMap(fieldsOf);

export const datesOfFront = (front: ReadonlyMap<string, string>): string[] =>
  [...front]
    .filter(([key]) => !untilWord.test(key.replace(/[_-]/g, ' ')))
    .flatMap(([, value]) => datesIn(value).filter(({ start }) => start === 0))
    .map(({ date }) => date)
    .sort();

/** The most words of a title that is no heading. */
const shortTitle = 10;

/**
 * The title of the text: a heading above everything, or a line with a date or in bold that is no sentence and
 * that other text follows.
 */
export function titleOf(
  blocks: readonly Block[],
  header: Block | null,
): { block: Block; text: string; dateText: string } | null {
  const [first, second] = blocks.filter((block) => block.kind !== 'front' && block !== header);
  if (first === undefined) return null;
  const dates = datesIn(first.text);
  const text = first.text
    .replace(dates[0]?.text ?? '', ' ')
    .replace(/[*_]{1,3}|[([]\s*[)\]]/g, ' ')
    .replace(/[\s,–—-]+$/, '')
    .trim();
  const line = first.kind === 'paragraph' && second !== undefined && !first.text.includes('\n');
  const marked = dates.length === 1 || /^([*_]{2}).*\1\s*$/.test(first.text);
  const short = marked && wordsOf(text).length <= shortTitle && !/[.!?:;]$|\d/.test(text) && text !== '';
  if (first.kind !== 'heading' && !(line && short && dates.length <= 1 && second?.line === first.endLine + 2))
    return null;
  return { block: first, text, dateText: first.text };
}
