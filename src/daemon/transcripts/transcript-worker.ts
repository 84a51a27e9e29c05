/** The thread that owns transcripts.db: parsing and storing what is ingested keeps no mount waiting. */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { failureAt } from '../../journal/storage-failure.js';
import type { IngestRequest, IngestResult, TranscriptIngest } from '../../sessions/ingest.js';
import { decodeIngestLine } from '../../sessions/ingest-stream.js';
import { Lines, type RawRecord } from '../../sessions/lines.js';
import { Transcripts } from '../../sessions/transcripts.js';
import type { EventPage, TranscriptAnswer, TranscriptCall } from './transcript-calls.js';

interface OpenIngest {
  readonly ingest: TranscriptIngest;
  readonly lines: Lines;
  /** Not yet stored. */
  chunks: Buffer[];
  bytes: number;
}

/** Stored in one transaction, in bytes: each touches many pages of the indexes once. */
const storedTogether = 1024 * 1024;

/** Limits of a page of events; the one that is reached first counts. */
const page = { events: 500, characters: 1024 * 1024 };

// Of this thread only: on Linux each has a nice value of its own (setpriority(2)).
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const transcripts = new Transcripts(workerData as string);
const ingests = new Map<number, OpenIngest>();
let lastIngest = 0;

const calls = {
  source: (path: string, file: string, by: string | null) => transcripts.source(path, file, by),
  list: (store: string | null) => transcripts.list(store),
  show: (id: string) => transcripts.show(id),
  end: (id: string, time: string, by: string | null) => transcripts.end(id, time, by),
  delete: (id: string, time: string) => transcripts.delete(id, time),
  events: (id: string, after: string | null, limit: number): EventPage => eventPage(id, after, limit),

  beginIngest(request: IngestRequest): number {
    lastIngest += 1;
    ingests.set(lastIngest, {
      ingest: transcripts.ingest(request),
      lines: new Lines(1, 0),
      chunks: [],
      bytes: 0,
    });
    return lastIngest;
  },
  takeChunk(number: number, chunk: Uint8Array): void {
    const open = ingests.get(number)!;
    open.chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    open.bytes += chunk.byteLength;
    if (open.bytes >= storedTogether) transcripts.together(() => store(open));
  },
  /** What was taken is put in order all the same. */
  abandonIngest(number: number): void {
    const { ingest } = ingests.get(number)!;
    ingests.delete(number);
    transcripts.together(() => ingest.finish());
  },
  finishIngest(number: number): IngestResult {
    const open = ingests.get(number)!;
    ingests.delete(number);
    return transcripts.together(() => {
      store(open);
      take(open.ingest, open.lines.end());
      return open.ingest.finish();
    });
  },
};

export type TranscriptCalls = typeof calls;

function store(open: OpenIngest): void {
  const { chunks } = open;
  open.chunks = [];
  open.bytes = 0;
  for (const chunk of chunks) take(open.ingest, open.lines.push(chunk));
}

function take(ingest: TranscriptIngest, records: Iterable<RawRecord>): void {
  for (const { bytes } of records) {
    const line = decodeIngestLine(bytes);
    if ('event' in line) ingest.add(line.event);
    else ingest.mark(line.mark);
  }
}

function eventPage(id: string, after: string | null, limit: number): EventPage {
  const events = transcripts.events(id, after, Math.min(limit, page.events));
  let text = '';
  let count = 0;
  for (const event of events) {
    text += `${JSON.stringify(event)}\n`;
    count += 1;
    if (text.length > page.characters) break;
  }
  return { lines: Buffer.from(text), count, last: events[count - 1]?.cursor ?? null };
}

parentPort!.on('message', ({ number, name, args }: TranscriptCall) => {
  let answer: TranscriptAnswer;
  try {
    const call = calls[name as keyof TranscriptCalls] as (...args: unknown[]) => unknown;
    answer = { number, value: call(...args) };
  } catch (thrown) {
    const { code, message, hint } = failureAt(workerData as string, thrown);
    answer = { number, error: { code, message, hint } };
  }
  parentPort!.postMessage(answer);
});

process.on('exit', () => transcripts.close());
