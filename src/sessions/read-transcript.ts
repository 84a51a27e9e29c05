/** Reads a file of transcripts as a stream of events, in constant memory. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { ArrayElements } from './array-elements.js';
import type { EventBody } from './event.js';
import { Lines, longestRecord, type RawRecord, type Splitter } from './lines.js';
import type { ReaderState } from './readers/reader.js';
import { continues, type FileFacts, factsOf, fingerprintOf, type SourceMark } from './source.js';
import { TranscriptParser } from './transcript-parser.js';

const chunkBytes = 1024 * 1024;

export interface TranscriptBatch {
  readonly events: readonly EventBody[];
  readonly mark: SourceMark;
  /** How much of the file is done, in bytes. */
  readonly position: number;
}

export interface ReadingFile {
  /** Where reading begins, in bytes: what comes before was read an earlier time. */
  readonly from: number;
  /** Ends with the mark of the whole. Once only. */
  readonly batches: AsyncIterable<TranscriptBatch>;
  close(): Promise<void>;
}

/** `known`: how far the file was read before. What is read belongs to `session`, if that is given. */
export async function readTranscript(
  path: string,
  known: SourceMark | null,
  session: string | undefined,
): Promise<ReadingFile> {
  const handle = await open(path, 'r');
  try {
    const facts = await factsOf(handle);
    const unchanged = known !== null && known.path === path && known.state === facts.state;
    const start = known !== null && (await continues(handle, facts, known)) ? known : null;
    const reading = new Reading(path, handle, facts, start);
    const from = unchanged ? facts.size : (start?.offset ?? 0);
    return {
      from,
      batches: unchanged ? onlyMark(known, facts.size) : inSession(reading.batches(), session),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function* onlyMark(mark: SourceMark, position: number): AsyncGenerator<TranscriptBatch> {
  yield { events: [], mark, position };
}

async function* inSession(
  batches: AsyncIterable<TranscriptBatch>,
  session: string | undefined,
): AsyncGenerator<TranscriptBatch> {
  for await (const batch of batches)
    yield session === undefined
      ? batch
      : {
          ...batch,
          events: batch.events.map((event) => ({ ...event, session })),
          mark: { ...batch.mark, session: batch.mark.session && session },
        };
}

/** Up to here everything was read. */
interface Reached {
  readonly offset: number;
  readonly line: number;
  readonly skipped: number;
  readonly reader: ReaderState | null;
}

class Reading {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #facts: FileFacts;
  #parser: TranscriptParser;
  #reached: Reached;

  constructor(path: string, handle: FileHandle, facts: FileFacts, start: SourceMark | null) {
    this.#path = path;
    this.#handle = handle;
    this.#facts = facts;
    const reader = start === null ? null : (JSON.parse(start.reader!) as ReaderState);
    this.#reached = {
      offset: start?.offset ?? 0,
      line: start?.line ?? 1,
      skipped: start?.skipped ?? 0,
      reader,
    };
    this.#parser = this.#newParser();
  }

  async *batches(): AsyncGenerator<TranscriptBatch> {
    const { offset, line } = this.#reached;
    const isArray = offset === 0 && (await this.#firstByte()) === '[';
    const splitter: Splitter = isArray ? new ArrayElements() : new Lines(line, offset);
    let position = offset;
    for await (const chunk of this.#chunks(offset)) {
      const events = this.#parse(splitter.push(chunk), !isArray);
      position += chunk.length;
      yield { events, mark: await this.#mark(false, null), position };
    }
    const before = this.#parser.skipped;
    const events = [...this.#parse(splitter.end(), false), ...this.#parser.end()];
    if (this.#parser.state === null && (await this.#parseWhole(events))) {
      yield { events, mark: await this.#mark(false, this.#facts.state), position };
      return;
    }
    const unfinished = !isArray && this.#parser.skipped > before;
    yield { events, mark: await this.#mark(unfinished, this.#facts.state), position };
  }

  /** `resumable`: reading could go on behind these records. */
  #parse(records: Iterable<RawRecord>, resumable: boolean): EventBody[] {
    const events: EventBody[] = [];
    for (const record of records) {
      for (const event of this.#parser.parse(record)) events.push(event);
      const { skipped, state } = this.#parser;
      if (resumable && state !== null)
        this.#reached = { offset: record.end, line: record.line + 1, skipped, reader: state };
    }
    return events;
  }

  /** One document over several lines: as lines there was nothing to be read in it. */
  async #parseWhole(events: EventBody[]): Promise<boolean> {
    if (this.#facts.size > longestRecord || this.#facts.size === 0) return false;
    const bytes = Buffer.alloc(this.#facts.size);
    await this.#handle.read(bytes, 0, bytes.length, 0);
    const parser = this.#newParser();
    const whole = parser.parse({ bytes, line: 1, offset: 0, end: bytes.length, complete: true });
    if (whole.length === 0) return false;
    this.#parser = parser;
    events.push(...whole);
    return true;
  }

  async #mark(unfinished: boolean, state: string | null): Promise<SourceMark> {
    const { offset, line, skipped, reader } = this.#reached;
    const { format, session } = this.#parser.state ?? { format: null, session: null };
    return {
      path: this.#path,
      file: this.#facts.file,
      state,
      offset,
      line,
      fingerprint: await fingerprintOf(this.#handle, offset),
      skipped: reader === null ? this.#parser.skipped - Number(unfinished) : skipped,
      unfinished,
      reader: reader === null ? null : JSON.stringify({ ...reader, format }),
      session,
    };
  }

  #newParser(): TranscriptParser {
    const { reader, skipped } = this.#reached;
    const nameSession = (first: object): string => {
      const digest = createHash('sha256')
        .update(`${this.#path}\n${JSON.stringify(first)}`)
        .digest('hex');
      return `sesn_${digest.slice(0, 24)}`;
    };
    return new TranscriptParser(nameSession, reader, skipped);
  }

  async #firstByte(): Promise<string> {
    const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(1024), 0, 1024, 0);
    return buffer
      .toString('utf8', 0, bytesRead)
      .replace(/^\ufeff/, '')
      .trimStart()
      .slice(0, 1);
  }

  async *#chunks(from: number): AsyncGenerator<Buffer> {
    for (let at = from; at < this.#facts.size; ) {
      const length = Math.min(chunkBytes, this.#facts.size - at);
      const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}
