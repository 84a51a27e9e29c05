/** Transcripts of sessions. */
import { z } from 'zod';
import { TranscriptEvent } from '../../sessions/event.js';
import { SourceMark } from '../../sessions/source.js';
import { type Endpoints, json, lines, refused } from '../endpoint.js';
import { Count, Name, SessionId, Store } from '../parameters.js';

export const SessionBody = z.object({
  id: z.string(),
  agent: z.string().nullable(),
  /** `memstore_…` */
  stores: z.array(z.string()).readonly(),
  events: z.int(),
  first_time: z.string().nullable(),
  last_time: z.string().nullable(),
  ended_at: z.string().nullable(),
  cwd: z.string().nullable(),
  model: z.string().nullable(),
  files: z.array(z.string()).readonly(),
  /** Broken lines in its files. */
  skipped_lines: z.int(),
});
export type SessionBody = z.infer<typeof SessionBody>;

export const IngestReply = z.object({
  sessions: z.array(z.object({ id: z.string(), events: z.int(), skipped_lines: z.int() })).readonly(),
  /** Events. */
  new: z.int(),
  already_known: z.int(),
  /** Events of sessions that were deleted, and stay so. */
  deleted: z.int(),
});
export type IngestReply = z.infer<typeof IngestReply>;

export const IngestHeader = z.object({
  /** The file that the events were read from. */
  path: z.string().min(1).max(4096),
  store: z.string().min(1).max(255),
  agent: Name.optional(),
  /** Reading went on where it had ended, when the file had this name. */
  continues: z.string().min(1).max(4096).optional(),
});
export type IngestHeader = z.infer<typeof IngestHeader>;

const Session = z.object({ session: SessionId });
const transcriptsOfAll = refused('read or delete transcripts');

export const transcripts = {
  /** How far a file was read before. `file`: its device and inode. */
  source: {
    request: 'GET /transcripts/source',
    input: z.object({ path: z.string(), file: z.string() }),
    output: json(z.object({ mark: SourceMark.nullable() })),
    session: 'own',
  },
  /** The body are lines as src/sessions/ingest-stream.ts makes them. */
  ingest: {
    request: 'POST /transcripts',
    body: 'bytes',
    input: IngestHeader,
    output: json(IngestReply),
    session: 'own',
  },
  /** Notes that nothing more comes; the session goes on. */
  end: {
    request: 'POST /transcripts/:session/end',
    input: Session,
    output: json(SessionBody),
    session: 'own',
  },
  list: {
    request: 'GET /sessions',
    input: Store.partial(),
    output: json(z.object({ sessions: z.array(SessionBody) })),
    session: transcriptsOfAll,
  },
  show: {
    request: 'GET /sessions/:session',
    input: Session,
    output: json(SessionBody),
    session: transcriptsOfAll,
  },
  events: {
    request: 'GET /sessions/:session/events',
    input: Session.extend({ after: z.string().max(100).optional(), limit: Count.min(1).optional() }),
    output: lines(TranscriptEvent),
    session: transcriptsOfAll,
  },
  delete: {
    request: 'DELETE /sessions/:session',
    input: Session,
    output: json(SessionBody),
    session: transcriptsOfAll,
  },
} as const satisfies Endpoints;
