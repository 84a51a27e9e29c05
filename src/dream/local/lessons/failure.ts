/** Reads complaints of tools that failed, and tells when two failures are the same. */

import type { TranscriptEvent } from '../../../sessions/event.js';
import { cues } from '../../text/cues.js';
import { overlap } from './word-overlap.js';

/** Short answers that are errors, of tools that do not mark them. */
const saysSo = cues(
  String.raw`
    ^(?:
      (?:[\w./-]+: ){0,3}(?:\w*error|fatal|panic|\w*exception|failed|failure)\b
      exit (?:code|status):? [1-9]|traceback \(most
    )
    ^[^\n]{0,120}: (?:(?:command )?not found|permission denied|no such file or directory)\s*$
  `,
  'im',
);
const mostLines = 4;
const noise = /^(?:exit (?:code|status):? \d+|traceback.*|<\/?\w+>|\s*at .*|\s*file ".*)$/i;

/** The lines of a complaint that matter; null: the call worked. */
export function failureOf({ text, is_error }: TranscriptEvent): string | null {
  const lines = text
    .replace(/<\/?tool_use_error>/g, '')
    .split('\n', 60)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (!is_error && !(lines.length <= mostLines && saysSo.test(text.slice(0, 1_000)))) return null;
  const telling = lines.filter((line) => !noise.test(line));
  return (telling.length === 0 ? lines : telling).slice(0, 2).join(' ').slice(0, 300);
}

/** Whether two failures are the same complaint about other things: what the call names itself may differ. */
export function sameFailure(a: ComplaintWords, b: ComplaintWords): boolean {
  return (a.size === 0 && b.size === 0) || overlap(a, b) >= 0.6;
}

export type ComplaintWords = ReadonlySet<string>;

/** The words of a complaint besides those that the call was given. */
export function complaintWords(failure: string, call: readonly string[]): ComplaintWords {
  const given = new Set(call.flatMap((word) => word.toLowerCase().match(/\p{L}{3,}/gu) ?? []));
  const words = failure.toLowerCase().match(/\p{L}{3,}/gu) ?? [];
  const own = words.filter((word) => !given.has(word));
  return new Set(own.length >= 2 ? own : words);
}
