/** From records of one source to events: finds the format, counts what is broken, never fails. */
import { isName } from '../core/names.js';
import type { EventBody } from './event.js';
import type { RawRecord } from './lines.js';
import { protect } from './protect.js';
import { formatNamed, formatOf } from './readers/formats.js';
import { isObject, type Json, listOf } from './readers/json.js';
import type { Position, Reader, ReaderState } from './readers/reader.js';

/** So many records are held back until one says which session they belong to. */
const mostWaiting = 1_000;

interface Waiting {
  readonly record: Json;
  readonly position: Position;
}

export class TranscriptParser {
  /** For records that belong to no session by themselves. */
  readonly #nameSession: (first: Json) => string;
  #reader: Reader | null = null;
  #waiting: Waiting[] = [];
  #skipped: number;

  /** `state` and `skipped`: what a parser of the beginning of the source came to. */
  constructor(nameSession: (first: Json) => string, state: ReaderState | null, skipped: number) {
    this.#nameSession = nameSession;
    this.#skipped = skipped;
    if (state !== null) this.#reader = formatNamed(state.format).reader(state);
  }

  /** Null while the format is not known. */
  get state(): ReaderState | null {
    return this.#reader?.state ?? null;
  }

  /** Records that were no JSON object, too long, or of a session whose name is none. */
  get skipped(): number {
    return this.#skipped;
  }

  parse(raw: RawRecord): EventBody[] {
    const text = raw.bytes?.toString();
    if (text !== undefined && text.trim() === '') return [];
    const record = text === undefined ? undefined : parseObject(text);
    if (record === undefined) {
      this.#skipped += 1;
      return [];
    }
    try {
      return this.#named(this.#read(record, raw)).map(protect);
    } catch {
      // Nested too deeply to be written again.
      this.#skipped += 1;
      return [];
    }
  }

  /** Gives out what was held back. */
  end(): EventBody[] {
    const [first] = this.#waiting;
    return first === undefined ? [] : this.#named(this.#begin(this.#nameSession(first.record))).map(protect);
  }

  #named(events: EventBody[]): EventBody[] {
    const named = events.filter(({ session }) => isName(session));
    if (named.length < events.length) this.#skipped += 1;
    return named;
  }

  #read(record: Json, { line, offset }: Position): EventBody[] {
    const position = { line, offset };
    if (this.#reader !== null) return this.#reader.read(record, position);
    const format = formatOf(record);
    if (format === undefined && this.#waiting.length === 0)
      return wrapped(record).flatMap((each) => this.#read(each, position));
    this.#waiting.push({ record, position });
    const first = this.#waiting[0]!.record;
    const { sessionOf, namesSessions } = formatOf(first)!;
    const session = sessionOf(record);
    if (session === undefined && namesSessions && this.#waiting.length < mostWaiting) return [];
    return this.#begin(session ?? this.#nameSession(first));
  }

  #begin(session: string): EventBody[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    const format = formatOf(waiting[0]!.record)!;
    const reader = format.reader({ format: format.name, session, records: 0, previous: null });
    this.#reader = reader;
    return waiting.flatMap(({ record, position }) => reader.read(record, position));
  }
}

function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The records of one document that holds them all: a page of the API, a request to a model. */
const wrapped = (document: Json): Json[] =>
  [document.messages, document.data, document.events].flatMap((list) => listOf(list).filter(isObject));
