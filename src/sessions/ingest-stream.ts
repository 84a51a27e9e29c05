/** Events read from a file, as JSON lines: `{event}` or `{mark}`. */
import { z } from 'zod';
import { MemfsError } from '../core/errors.js';
import { EventBody } from './event.js';
import type { TranscriptBatch } from './read-transcript.js';
import { SourceMark } from './source.js';

const pieceCharacters = 64 * 1024;

export const IngestLine = z.union([z.object({ event: EventBody }), z.object({ mark: SourceMark })]);
export type IngestLine = z.infer<typeof IngestLine>;

export async function* encodeIngest(batches: AsyncIterable<TranscriptBatch>): AsyncGenerator<Buffer> {
  for await (const { events, mark } of batches) {
    let piece = '';
    for (const event of events) {
      piece += `${JSON.stringify({ event })}\n`;
      if (piece.length < pieceCharacters) continue;
      yield Buffer.from(piece);
      piece = '';
    }
    yield Buffer.from(`${piece}${JSON.stringify({ mark })}\n`);
  }
}

export function decodeIngestLine(bytes: Buffer | null): IngestLine {
  const line = IngestLine.safeParse(bytes === null ? null : parseJson(bytes.toString()));
  if (!line.success) throw new MemfsError('invalid', 'the stream of events holds a line that is none');
  return line.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
