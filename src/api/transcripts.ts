/** Transcripts over the control socket: the shapes, and the service behind them. */
import { z } from 'zod';
import type { SourceMark } from '../sessions/source.js';
import { Name } from './protocol.js';

/** Of a session that is known: it may be older than the rule for names. */
export const SessionId = z.string().min(1).max(255);

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

export interface TranscriptService {
  /** How far a file was read before. `file`: its device and inode. */
  source(path: string, file: string): Promise<SourceMark | null>;
  /** `store`: its id. `chunks`: lines as `encodeIngest` makes them. */
  ingest(
    request: {
      readonly path: string;
      readonly store: string;
      readonly agent: string | null;
      readonly continues: string | null;
    },
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<IngestReply>;
  /** `store`: its id; null: all sessions. */
  list(store: string | null): Promise<SessionBody[]>;
  show(id: string): Promise<SessionBody>;
  /** As JSON lines, page by page. */
  events(id: string, after: string | null, limit: number): AsyncIterable<Uint8Array>;
  end(id: string): Promise<SessionBody>;
  delete(id: string): Promise<SessionBody>;
}
