/** Files of transcripts, read here and sent to the daemon: it never opens a path of the user's. */
import { stat } from 'node:fs/promises';
import type { ControlClient } from '../api/client/client.js';
import type { IngestReply } from '../api/endpoints/transcripts.js';
import { encodeIngest } from '../sessions/ingest-stream.js';
import { readTranscript, type TranscriptBatch } from '../sessions/read-transcript.js';
import { identityOf } from '../sessions/source.js';

export interface IngestOptions {
  readonly store: string;
  readonly agent?: string | undefined;
  /** What all that is read belongs to, whatever it says itself. */
  readonly session?: string | undefined;
}

/** `progress` hears how many more bytes are done. */
export async function ingestFile(
  client: ControlClient,
  path: string,
  { store, agent, session }: IngestOptions,
  progress: (bytes: number) => void,
): Promise<IngestReply> {
  const file = identityOf(await stat(path, { bigint: true }));
  const { mark: known } = await client.transcripts.source({ path, file });
  const reading = await readTranscript(path, known, session);
  try {
    const continues = reading.from > 0 ? known!.path : undefined;
    const batches = watched(reading.batches, progress);
    return await client.transcripts.ingest({ path, store, agent, continues }, encodeIngest(batches));
  } finally {
    await reading.close();
  }
}

async function* watched(
  batches: AsyncIterable<TranscriptBatch>,
  progress: (bytes: number) => void,
): AsyncGenerator<TranscriptBatch> {
  let before = 0;
  for await (const batch of batches) {
    progress(batch.position - before);
    before = batch.position;
    yield batch;
  }
}

/** Of several files: a session may have been found in more than one. */
export function together(replies: readonly IngestReply[]): IngestReply {
  const sessions = new Map(
    replies.flatMap((reply) => reply.sessions.map((each) => [each.id, each] as const)),
  );
  const sum = (count: (reply: IngestReply) => number): number =>
    replies.reduce((total, reply) => total + count(reply), 0);
  return {
    sessions: [...sessions.values()],
    new: sum((reply) => reply.new),
    already_known: sum((reply) => reply.already_known),
    deleted: sum((reply) => reply.deleted),
  };
}
