/** The contents of memories, single ones and whole trees of them. */
import { z } from 'zod';
import { bytes, bytesWith, type Endpoints, json, refused } from '../endpoint.js';
import { ActorSchema, RecordSelector, Sha256, Store, StorePath, Version } from '../parameters.js';
import { LogRecordSchema } from './history.js';

export const ImportResult = z.object({
  files: z.int(),
  directories: z.int(),
  symlinks: z.int(),
  links: z.int(),
  bytes: z.int(),
});
export type ImportResult = z.infer<typeof ImportResult>;

export const RedactionBody = z.object({
  /** A record for each content that is gone; `removes` names the versions that had it. */
  records: z.array(LogRecordSchema),
  /** Refused writes that kept one of the contents. */
  conflicts: z.int(),
  /** Versions that were stored together with the redacted ones, and how many of their bytes they still have. */
  still_in: z.array(z.object({ record: LogRecordSchema, bytes: z.int() })),
});
export type RedactionBody = z.infer<typeof RedactionBody>;

export const memories = {
  show: {
    request: 'GET /stores/:store/content',
    input: Store.extend({ path: StorePath, version: Version.optional() }),
    output: bytesWith('memfsd-record', LogRecordSchema),
    session: 'scope',
  },
  write: {
    request: 'PUT /stores/:store/content',
    body: 'bytes',
    input: Store.extend({ path: StorePath, if_match: Sha256.optional(), ...ActorSchema.shape }),
    output: json(LogRecordSchema),
    session: 'scope',
  },
  restore: {
    request: 'POST /stores/:store/restore',
    body: 'json',
    input: Store.extend({ path: StorePath, version: Version, ...ActorSchema.shape }),
    output: json(LogRecordSchema),
    session: 'scope',
  },
  redact: {
    request: 'POST /stores/:store/redact',
    body: 'json',
    input: Store.extend({ versions: z.array(RecordSelector).min(1).max(10_000), ...ActorSchema.shape }),
    output: json(RedactionBody),
    session: refused('redact'),
  },
  /** The body is a tree: src/api/tree-stream.ts. */
  import: {
    request: 'POST /stores/:store/import',
    body: 'bytes',
    input: Store.extend(ActorSchema.shape),
    output: json(ImportResult),
    session: 'scope',
  },
  /** The reply is one. */
  export: {
    request: 'GET /stores/:store/export',
    input: Store.extend({ at: Version.optional() }),
    output: bytes,
    session: 'scope',
  },
} as const satisfies Endpoints;
