/** Questions about the journal of a store. */
import { z } from 'zod';
import { type Endpoints, lines } from '../endpoint.js';
import { Count, Flag, Progress, SessionId, Store, StorePath, Version } from '../parameters.js';

export const LogRecordSchema = z.object({
  seq: z.int(),
  time: z.string(),
  operation: z.string(),
  /** On which it was made; of `branched` and `dropped`, which they are about. */
  branch: z.string(),
  path: z.string(),
  previous_path: z.string().nullable(),
  memory: z.string().nullable(),
  version: z.string().nullable(),
  sha256: z.string().nullable(),
  size: z.int().nullable(),
  agent: z.string(),
  session: z.string(),
  previous_sha256: z.string().nullable(),
  chain: z.string(),
  mount: z.int().nullable(),
  claimed: z.boolean(),
  flags: z.array(z.string()).readonly(),
  /** Of a redaction or a pruning: the records whose contents it took away. */
  removes: z.array(z.int()).readonly(),
  /** The record that took the content of this one away. */
  removed_by: z.int().nullable(),
});
export type LogRecordBody = z.infer<typeof LogRecordSchema>;

export const BlameLineSchema = z.object({
  line: z.int(),
  seq: z.int(),
  version: z.string(),
  agent: z.string(),
  session: z.string(),
  time: z.string(),
  claimed: z.boolean(),
  text: z.string(),
});
export type BlameLineBody = z.infer<typeof BlameLineSchema>;

export const SessionReadSchema = z.object({ seq: z.int(), path: z.string(), time: z.string() });
export type SessionReadBody = z.infer<typeof SessionReadSchema>;

/** Bytes as text where they are UTF-8, else as base64. */
export const Content = z.object({
  encoding: z.enum(['utf8', 'base64']),
  data: z.string(),
  /** It is not here, though there is one: of a comparison where one side is no text, or longer than 4 MiB. */
  omitted: z.enum(['binary', 'long']).optional(),
});
export type Content = z.infer<typeof Content>;

export const VersionBody = z.object({ record: LogRecordSchema, content: Content });
export type VersionBody = z.infer<typeof VersionBody>;

export const DiffBody = z.object({
  path: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  before: VersionBody.nullable(),
  after: VersionBody.nullable(),
});
export type DiffBody = z.infer<typeof DiffBody>;

export const VerifyReportBody = z.object({
  records: z.int(),
  versions: z.int(),
  contents: z.int(),
  ok: z.boolean(),
  /** `seq` is null where the damage lies outside of single records. */
  first_bad: z.object({ seq: z.int().nullable(), problem: z.string() }).nullable(),
  head: z.int(),
  chain: z.string(),
});
export type VerifyReportBody = z.infer<typeof VerifyReportBody>;

export const VerifyEvent = z.union([Progress, z.object({ report: VerifyReportBody })]);
export type VerifyEvent = z.infer<typeof VerifyEvent>;

export const history = {
  /** Oldest first. `follow`: then each new record as soon as it is there, until `limit` or until the caller leaves. */
  log: {
    request: 'GET /stores/:store/log',
    input: Store.extend({
      path: StorePath.optional(),
      after: Count.min(0).optional(),
      limit: Count.min(1).optional(),
      reverse: Flag.optional(),
      follow: Flag.optional(),
    }),
    output: lines(LogRecordSchema),
    session: 'scope',
  },
  blame: {
    request: 'GET /stores/:store/blame',
    input: Store.extend({ path: StorePath, version: Version.optional() }),
    output: lines(BlameLineSchema),
    session: 'scope',
  },
  /** What a session has read. */
  reads: {
    request: 'GET /stores/:store/reads',
    input: Store.extend({ session: SessionId }),
    output: lines(SessionReadSchema),
    session: 'own',
  },
  diff: {
    request: 'GET /stores/:store/diff',
    input: Store.extend({ path: StorePath.optional(), from: Version.optional(), to: Version.optional() }),
    output: lines(DiffBody),
    session: 'scope',
  },
  verify: {
    request: 'POST /stores/:store/verify',
    input: Store,
    output: lines(VerifyEvent),
    session: 'whole',
  },
} as const satisfies Endpoints;
