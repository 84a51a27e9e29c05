/** Tells transcript text that repeats what a store says, from text that has a source of its own. */

import type { TranscriptEvent } from '../../sessions/event.js';
import type { DreamInput } from '../input.js';
import { cues } from '../text/cues.js';
import type { EventContext } from './context.js';
import { Phrases } from './phrases.js';

/**
 * The shares of words that stand in a store word for word from which on a text is an echo: printed by a tool,
 * written by somebody.
 */
const repeated = { printed: 0.6, written: 0.7 };
/**
 * A line of a configuration: short, a name and a value. A live system and a note may well say it in the same
 * way.
 */
const setting = /^\s*["']?[\w./-]+["']?\s*[:=]\s*\S.{0,60}$/;
/** Tools that show a file, and do nothing with what stands in it. */
const showing =
  /^\W*(?:command\W+)?(?:cat|less|more|head|tail|grep|rg|ag|sed|awk|echo|printf|ls|find|wc|diff|tee)\b/i;
/** Words by which a writer refers to notes. */
const attributed = cues(
  String.raw`
    \b(?:notes?|memory|memories|memo|wiki|records?|documentation|docs|runbook)\b[^.?!\n]{0,30}\b(?:
      say|says|said|saying|state[sd]?|claims?|lists?|mentions?|has|have|reads?
    )\b
    \baccording to\b|\b(?:as|from|in|per) (?:my|our|the|your) (?:notes?|memory|memories)\b
  `,
  'i',
);
/** Pasted, not written: numbered, quoted, fenced. */
const pasted = /^\s*(?:\d+\s*(?:→|\t|\|)|>\s)|^\s*```/m;

export class Echoes {
  readonly #phrases = new Phrases();
  readonly #paths: ReadonlySet<string>;

  constructor({ memories, reads }: Pick<DreamInput, 'memories' | 'reads'>) {
    this.#paths = new Set([...memories, ...reads].map(({ path }) => path));
    for (const text of new Set([...memories, ...reads].map((each) => each.text))) this.#phrases.add(text);
  }

  /** Whether this part of the event says nothing but what the speaker, or the reader, had from a store. */
  isEcho({ event, call }: EventContext, quote: string): boolean {
    const lines = linesAround(event.text, quote);
    switch (event.kind) {
      case 'tool_call':
        return (
          this.#namesMemory(event.text) || (showing.test(commandOf(event)) && this.#repeats(lines, 'printed'))
        );
      case 'tool_result':
        return this.#isPrintedEcho(call, lines);
      case 'user_text':
        return this.#isUserEcho(event.text, quote, lines);
      default:
        return attributed.test(lines) || this.#repeats(lines, 'written');
    }
  }

  /** Whether the text stands in a memory, or in what was read of one, nearly word for word. */
  repeats(text: string): boolean {
    return this.#repeats(text, 'printed');
  }

  #repeats(text: string, how: keyof typeof repeated): boolean {
    return this.#phrases.containment(withoutPrefixes(text)) >= repeated[how];
  }

  #isPrintedEcho(call: TranscriptEvent | null, lines: string): boolean {
    if (call !== null && this.#namesMemory(call.text)) return true;
    if (this.#namesMemory(lines) && this.#repeats(lines, 'written')) return true;
    const prose = lines
      .split('\n')
      .filter((line) => !setting.test(line))
      .join('\n');
    return prose.trim() !== '' && this.#repeats(prose, 'printed');
  }

  /**
   * Whether a user only repeats. Their own words are a source, even if a note says the same; a text that they
   * paste or ask about is not.
   */
  #isUserEcho(text: string, quote: string, lines: string): boolean {
    if (!this.#repeats(quote, 'written') && !this.#repeats(lines, 'written')) return false;
    const at = Math.max(0, text.indexOf(quote));
    const nearby = text.slice(Math.max(0, at - 160), at + quote.length + 80);
    return (
      nearby.includes('?') ||
      attributed.test(nearby) ||
      pasted.test(lines) ||
      lines.trim().split('\n').length > 2
    );
  }

  /**
   * Whether the text has a path that ends as a memory's does, two names or more, or a file of a control tree.
   */
  #namesMemory(text: string): boolean {
    return (text.match(/[\w@%+~.-]*(?:\/[\w@%+.-]+)+/g) ?? []).some((path) => {
      const names = path.split('/').filter((name) => name !== '' && name !== '.');
      return (
        names.includes('.memfs') ||
        names.slice(0, -1).some((_, at) => this.#paths.has(`/${names.slice(at).join('/')}`)) ||
        (names.length > 1 &&
          /^(?:memory|memories)$/.test(names.at(-2)!) &&
          this.#paths.has(`/${names.at(-1)}`))
      );
    });
  }
}

/** The command line that a shell is given; else the whole call. */
function commandOf(call: TranscriptEvent): string {
  const [, line] = /"(?:command|cmd|script)"\s*:\s*"((?:[^"\\]|\\.)*)/.exec(call.text) ?? [];
  return line ?? call.text;
}

/** The whole lines that the quote is a part of; the quote itself, if it does not stand there. */
export function linesAround(text: string, quote: string): string {
  const at = text.indexOf(quote);
  if (at === -1) return quote;
  const end = text.indexOf('\n', at + quote.length);
  return text.slice(text.lastIndexOf('\n', at) + 1, end === -1 ? undefined : end);
}

/** Prefixes of lines in a log, of `grep -n`, of a reading tool, of a list. */
const prefixes = [
  /^\s*\[?\d{4}-\d\d-\d\d[T ][\d:.,+Z-]+\]?\s/gm,
  /^\s*[\w@%+~./-]+\.\w+[:-]/gm,
  /^\s*\d+\s*(?:→|\t|[:|.)]|-(?=\s))/gm,
];

const withoutPrefixes = (text: string): string =>
  prefixes.reduce((left, prefix) => left.replaceAll(prefix, ''), text.replaceAll('\\n', '\n'));
