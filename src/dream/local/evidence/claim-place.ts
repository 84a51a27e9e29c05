/** Finds the place of a claim in the text of its memory, letter for letter. */
import type { Memory } from '../../input.js';
import { escaped } from '../../text/pattern.js';
import type { Claim } from '../claims/claim.js';

export interface Place {
  readonly memory: Memory;
  /** Characters from the beginning of the text. */
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly line: number;
}

/** Null when the claim is put together from parts that do not stand together. */
export function placeOf(claim: Claim, memory: Memory): Place | null {
  const { block } = claim;
  if (block === null) return null;
  const lines = memory.text.split('\n');
  const offset = (line: number): number =>
    lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0);
  const from = offset(block.line - 1);
  const to = Math.min(memory.text.length, offset(block.endLine));
  const found = patternOf(claim.text).exec(memory.text.slice(from, to));
  if (found === null) return null;
  const start = from + found.index;
  return { memory, start, end: start + found[0].length, line: lineAt(memory.text, start) };
}

export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** A pattern of a text in which marks of emphasis and line breaks may stand between words. */
function patternOf(text: string): RegExp {
  const words = text.split(/\s+/).filter((word) => word !== '');
  return new RegExp(words.map((word) => escaped(word)).join(String.raw`[*_]{0,3}\s+(?:>\s*)?[*_]{0,3}`));
}

/** The place for a sentence about it: the end of its line or cell, unless that says other things too. */
export function behind({ memory: { text }, end }: Place, others: readonly Place[], isRow: boolean): number {
  const rest = /^[^\n]*/.exec(text.slice(end))![0];
  const cell = isRow ? rest.search(/\s*(?<!\\)\|/) : -1;
  const close = end + (cell === -1 ? rest.trimEnd().length : cell);
  return others.some(({ start }) => start >= end && start < close) ? end : close;
}
