/** Collects what all sessions together say happened when. Keeps times and hashes of names, no texts. */
import type { TranscriptEvent } from '../../../sessions/event.js';
import { eventNames } from './event-names.js';
import { textHash } from './text-hash.js';
import type { TimedLine } from './timed-lines.js';

export interface Occurrence {
  /** In seconds since 1970. */
  readonly at: number;
  readonly resolution: number;
  readonly excerpt: number;
  /** The place in the text of the event that it was read from. */
  readonly start: number;
  readonly end: number;
  /** A hash of time and text. */
  readonly identity: number;
  /** Hashes of its names, what says most first. */
  readonly names: readonly number[];
}

/**
 * A hash of the moment and the last name: two logs may write one event differently, but hardly its last part.
 */
export function identityOf({ at, guessedDay, texts }: TimedLine): number {
  const moment = guessedDay ? Math.round(at) % 86_400 : Math.round(at);
  return textHash(`${moment} ${texts.at(-1)}`);
}

/** The part of a log that one event of a transcript shows. */
export interface Excerpt {
  readonly session: string;
  readonly cursor: string;
  /** A hash of tool and arguments of the call that asked for it. */
  readonly source: number;
  readonly from: number;
  readonly to: number;
}

/** The most lines of one event: enough for any log that a person would look at; a longer one is a dump. */
const mostLines = 2_000;

export class Timeline {
  #occurrences: Occurrence[] = [];
  readonly excerpts: Excerpt[] = [];
  readonly #seen = new Set<number>();

  get occurrences(): readonly Occurrence[] {
    return this.#occurrences;
  }

  /** Forgets what a memory holds: a session that quotes it saw nothing. */
  withoutEchoes(echoes: ReadonlySet<number>): void {
    this.#occurrences = this.#occurrences.filter(({ identity }) => !echoes.has(identity));
  }

  /** Adds lines; those that were seen before, in this session or another, are not seen again. */
  add(session: string, event: TranscriptEvent, source: number, lines: readonly TimedLine[]): void {
    if (lines.length === 0) return;
    const times = lines.map(({ at }) => at).sort((a, b) => a - b);
    const excerpt = this.excerpts.length;
    this.excerpts.push({ session, cursor: event.cursor, source, from: times[0]!, to: times.at(-1)! });
    for (const line of lines.slice(-mostLines)) this.#addLine(line, excerpt);
  }

  #addLine(line: TimedLine, excerpt: number): void {
    const { at, resolution, texts, start, end } = line;
    const identity = identityOf(line);
    if (this.#seen.has(identity)) return;
    this.#seen.add(identity);
    const names = [...new Set(texts.flatMap((text) => eventNames(text).map(textHash)))];
    if (names.length > 0) this.#occurrences.push({ at, resolution, excerpt, start, end, identity, names });
  }
}
