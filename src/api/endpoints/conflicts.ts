/** Writes that were refused because another session had changed the memory. */
import { z } from 'zod';
import { type Endpoints, json, lines } from '../endpoint.js';
import { ActorSchema, Count, Sha256, Store, StorePath } from '../parameters.js';
import { Content, LogRecordSchema } from './history.js';

export const ConflictBody = z.object({
  /** Counted for each path. */
  number: z.int(),
  path: z.string(),
  time: z.string(),
  agent: z.string(),
  session: z.string(),
  /** What was refused: `open`, `write`, `close`, `truncate`, `unlink` or `rename`. */
  operation: z.string(),
  cause: z.string(),
  base_seq: z.int().nullable(),
  head_seq: z.int().nullable(),
  base_sha256: z.string().nullable(),
  mine_sha256: z.string().nullable(),
  theirs_sha256: z.string().nullable(),
  /** `mine`, `theirs` or `merged`; null: it is open. */
  resolution: z.string().nullable(),
});
export type ConflictBody = z.infer<typeof ConflictBody>;

/** A side is null where there was none, as for what was refused before anything was written. */
export const ConflictDetail = ConflictBody.extend({
  base: Content.nullable(),
  mine: Content.nullable(),
  theirs: Content.nullable(),
});
export type ConflictDetail = z.infer<typeof ConflictDetail>;

export const ConflictChoice = z.enum(['mine', 'theirs', 'merged']);
export type ConflictChoice = z.infer<typeof ConflictChoice>;

/** `record` is the version that was made, null for `theirs`. */
export const ResolvedConflict = z.object({ conflict: ConflictBody, record: LogRecordSchema.nullable() });
export type ResolvedConflict = z.infer<typeof ResolvedConflict>;

const ConflictInput = Store.extend({ path: StorePath, number: Count.min(1) });

export const conflicts = {
  /** At one path, or all; oldest first. */
  list: {
    request: 'GET /stores/:store/conflicts',
    input: Store.extend({ path: StorePath.optional() }),
    output: lines(ConflictBody),
    session: 'scope',
  },
  show: {
    request: 'GET /stores/:store/conflict',
    input: ConflictInput,
    output: json(ConflictDetail),
    session: 'scope',
  },
  /** The body is what was merged, for that choice. */
  resolve: {
    request: 'POST /stores/:store/conflict',
    body: 'bytes',
    input: ConflictInput.extend({ take: ConflictChoice, if_match: Sha256.optional(), ...ActorSchema.shape }),
    output: json(ResolvedConflict),
    session: 'scope',
  },
} as const satisfies Endpoints;
