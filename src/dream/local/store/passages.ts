/** Makes changes to single passages of a memory, found by their lines. */

import type { Change } from '../../edit.js';
import type { Block } from '../../text/blocks.js';
import { cues } from '../../text/cues.js';
import { escaped } from '../../text/pattern.js';
import type { Claim } from '../claims/claim.js';
import type { MemoryText, Passage } from '../claims/memory-text.js';

export const rawOf = ({ lines }: MemoryText, { line, endLine }: { line: number; endLine: number }): string =>
  lines.slice(line - 1, endLine).join('\n');

/**
 * Removes `some` of `all` claims of the memory, with what becomes empty by that; the memory as a whole if
 * nothing else is in it.
 */
export function withoutClaims(memory: MemoryText, some: readonly Claim[], all: readonly Claim[]): Change[] {
  const going = new Set(some);
  const staying = all.filter((claim) => !going.has(claim));
  const kept = new Set(staying.flatMap(({ blocks }) => blocks));
  const gone = new Set(some.flatMap(({ blocks }) => blocks).filter((block) => !kept.has(block)));
  for (const lead of leadsTo(gone, memory, all)) gone.add(lead);
  const rest = memory.passages.filter(({ block }) => !gone.has(block));
  if (rest.length === 0) return [{ op: 'remove', path: memory.path }];
  const shared = some.filter(({ block }) => block !== null && kept.has(block));
  return [
    ...ranges(memory, gone, new Set(rest.map(({ block }) => block))).map((range) => cut(memory, range)),
    ...shared.flatMap((claim) => withoutSentences(memory, claim)),
  ];
}

/**
 * Blocks that lead to nothing any more: items with nothing left below them, questions whose only answer goes.
 */
function leadsTo(gone: ReadonlySet<Block>, { passages }: MemoryText, all: readonly Claim[]): Block[] {
  const claimed = new Set(all.flatMap(({ blocks }) => blocks));
  return passages.flatMap(({ block, sentences }, at) => {
    if (claimed.has(block)) return [];
    const below = passages.filter((other) => other.block.parents.includes(block.line));
    const isQuestion = sentences.every((sentence) => /\?\s*$/.test(sentence));
    const next = passages.findIndex((other, each) => each > at && !gone.has(other.block));
    const answered =
      isQuestion && next !== at + 1 && at + 1 < passages.length && isEnd(passages[next], block);
    return (below.length > 0 && below.every((other) => gone.has(other.block))) || answered ? [block] : [];
  });
}

/** Whether an answer ends there: at the next question, another section, or the end. */
const isEnd = (next: Passage | undefined, { headings }: Block): boolean =>
  next === undefined ||
  next.block.headings.join('\n') !== headings.join('\n') ||
  next.sentences.every((sentence) => /\?\s*$/.test(sentence));

interface Range {
  readonly line: number;
  readonly endLine: number;
}

/** The lines that go; a section of which nothing stays goes with its heading and what only dates it. */
function ranges(memory: MemoryText, gone: ReadonlySet<Block>, staying: ReadonlySet<Block>): Range[] {
  const found: Range[] = [];
  for (const block of gone) {
    if (found.some(({ line, endLine }) => line <= block.line && block.endLine <= endLine)) continue;
    const section = sectionOf(memory, block);
    const empty =
      section !== null && ![...staying].some(({ line }) => line >= section.line && line <= section.endLine);
    found.push(empty ? section : block);
  }
  return found.filter(
    (range) =>
      !found.some((other) => other !== range && other.line <= range.line && range.endLine <= other.endLine),
  );
}

/**
 * The section of a block, from its innermost heading to the line before the next one of that depth or above;
 * null: it stands under none.
 */
function sectionOf({ blocks, lines }: MemoryText, { line }: Block): Range | null {
  const heading = blocks.findLast((block) => block.kind === 'heading' && block.line < line);
  if (heading === undefined) return null;
  const next = blocks.find(
    (block) => block.kind === 'heading' && block.line > heading.line && block.depth <= heading.depth,
  );
  return { line: heading.line, endLine: next === undefined ? lines.length : next.line - 1 };
}

function cut(memory: MemoryText, { line, endLine }: Range): Change {
  const { lines, path } = memory;
  // One blank line is left between what was above and below it.
  const gap = (lines[line - 2] ?? '').trim() === '' && (lines[endLine] ?? '').trim() === '';
  const end = gap && endLine < lines.length ? endLine + 1 : endLine;
  const last = end >= lines.length;
  const old = lines.slice(line - 1, end).join('\n') + (last ? '' : '\n');
  return { op: 'replace', path, old, new: '', line };
}

/** Takes a claim out of a passage in which other claims stay. */
function withoutSentences(memory: MemoryText, claim: Claim): Change[] {
  const block = claim.block!;
  const raw = rawOf(memory, block);
  let text = raw;
  for (const sentence of [claim.text, ...claim.riders]) {
    const at = find(text, sentence);
    if (at === null) return [];
    text = `${text.slice(0, at.start).trimEnd()} ${text.slice(at.end).trimStart()}`;
  }
  return [{ op: 'replace', path: memory.path, old: raw, new: text.trimEnd(), line: block.line }];
}

/**
 * Finds a sentence in a raw text, where marks of emphasis and line ends may stand in it; null: it is not
 * there.
 */
export function find(raw: string, sentence: string): { start: number; end: number } | null {
  const words = sentence.split(/\s+/).map(escaped);
  const match = new RegExp(words.join('[*_]{0,3}\\s+[*_]{0,3}')).exec(raw);
  return match === null ? null : { start: match.index, end: match.index + match[0].length };
}

/** Adds sentences behind the claim and what rides on it, in the same passage; null: it cannot be done. */
export function withAdded(memory: MemoryText, claim: Claim, added: readonly string[]): Change | null {
  if (claim.block === null || added.length === 0) return null;
  const raw = rawOf(memory, claim.block);
  const last = [...claim.riders.toReversed(), claim.text]
    .map((each) => find(raw, each))
    .find((at) => at !== null);
  if (last === undefined || last === null) return null;
  const head = raw.slice(0, last.end);
  const stop = /[.!?;:)][*_`"']*$/.test(head) ? '' : '.';
  const text = `${head}${stop} ${added.map(closed).join(' ')}${raw.slice(last.end).replace(
    cues(String.raw`
    ^\.(?=\s|$)
  `),
    '',
  )}`;
  return { op: 'replace', path: memory.path, old: raw, new: text, line: claim.block.line };
}

const closed = (sentence: string): string =>
  /[.!?)][*_`"']*$/.test(sentence) ? sentence : `${sentence.replace(/[;,:]$/, '')}.`;
