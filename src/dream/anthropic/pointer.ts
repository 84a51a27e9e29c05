/** Turns a model's pointers into evidence, which must exist and say what is quoted. */
import { z } from 'zod';
import { MemfsError } from '../../core/errors.js';
import type { Evidence } from '../edit.js';
import { escaped } from '../text/pattern.js';
import { MaskedText } from './masked-text.js';
import type { Source } from './source.js';

const Quote = z
  .string()
  .min(3)
  .max(2_000)
  .describe('The words that say so, letter for letter, from one line, without the leading "| ".');

export const Pointer = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('event'),
    session: z.string().describe('Id of the session.'),
    event: z.string().describe('Id of the event, as read_transcript and search_transcripts show it.'),
    quote: Quote,
  }),
  z.object({
    type: z.literal('memory'),
    path: z.string().describe('A memory as it was when the dream began.'),
    line: z.int().min(1),
    quote: Quote,
  }),
]);
export type Pointer = z.infer<typeof Pointer>;

/** Returns the evidence as it stands in the input. Throws `invalid` or `not_found`, with what is wrong. */
export function evidenceOf(pointer: Pointer, source: Source): Evidence {
  if (pointer.type === 'event') {
    const { session, event } = pointer;
    const { text, time, origin } = source.event(session, event);
    const found = quoteIn(text, pointer.quote);
    if (found === null) throw notThere(`event '${event}' of session '${session}'`);
    return { type: 'event', session, event, time, origin, quote: found };
  }
  const { path } = pointer;
  const memory = source.memory(path);
  if (memory === undefined)
    throw new MemfsError('not_found', `there was no memory ${path} when the dream began`, {
      hint: 'evidence is what was there before: a memory of then, or an event',
    });
  const quote = quoteIn(memory.text, pointer.quote);
  if (quote === null) throw notThere(path);
  return {
    type: 'memory',
    path,
    version: memory.version,
    line: lineOf(memory.text, quote, pointer.line),
    quote,
  };
}

const notThere = (where: string): MemfsError =>
  new MemfsError('invalid', `${where} does not say what is quoted`, {
    hint: 'read it again and copy the words of one line, letter for letter',
  });

/**
 * The quote as it stands in the text, where the model saw it masked or has joined its white space; null: it
 * does not.
 */
function quoteIn(text: string, quote: string): string | null {
  if (text.includes(quote)) return quote;
  const words = quote.replaceAll(/^\| ?/gm, '').split(/\s+/).filter(Boolean).map(escaped);
  if (words.length === 0) return null;
  const pattern = new RegExp(words.join('\\s+'));
  const [plain] = pattern.exec(text) ?? [];
  if (plain !== undefined) return plain;
  const masked = new MaskedText(text);
  const found = pattern.exec(masked.shown);
  return found === null ? null : masked.original(found.index, found.index + found[0].length);
}

/** The line at which the quote begins, as near as may be to the one that was named. */
function lineOf(text: string, quote: string, named: number): number {
  let best = 1;
  let distance = Number.POSITIVE_INFINITY;
  for (let at = text.indexOf(quote); at !== -1; at = text.indexOf(quote, at + 1)) {
    const line = text.slice(0, at).split('\n').length;
    if (Math.abs(line - named) < distance) [best, distance] = [line, Math.abs(line - named)];
  }
  return best;
}
