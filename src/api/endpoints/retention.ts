/** The retention of a store's history. */
import { z } from 'zod';
import { type Endpoints, json, refused } from '../endpoint.js';
import { ActorSchema, Store } from '../parameters.js';

const keepDays = z.number().int().min(0).max(36_500);
const keepVersions = z.number().int().min(1).max(1_000_000);

/** A policy: a version stays if one of the two limits keeps it; both null: everything stays. */
export const RetentionBody = z.object({
  /** Every state that was the present one within so many days. */
  keep_days: keepDays.nullable(),
  /** So many states of each memory, the newest ones. */
  keep_versions: keepVersions.nullable(),
});
export type RetentionBody = z.infer<typeof RetentionBody>;

/** What the retention policy took away, or would take. */
export const PruningBody = z.object({
  versions: z.int(),
  contents: z.int(),
  /** Of the contents, each in full, whatever they share. */
  bytes: z.int(),
});
export type PruningBody = z.infer<typeof PruningBody>;

const wholes = refused('look after stores as wholes');

export const retention = {
  show: {
    request: 'GET /stores/:store/retention',
    input: Store,
    output: json(RetentionBody),
    session: wholes,
  },
  set: {
    request: 'PUT /stores/:store/retention',
    body: 'json',
    input: Store.extend(RetentionBody.shape),
    output: json(RetentionBody),
    session: wholes,
  },
  /** Takes away what the policy does not keep. */
  prune: {
    request: 'POST /stores/:store/prune',
    body: 'json',
    input: Store.extend(ActorSchema.shape),
    output: json(PruningBody),
    session: wholes,
  },
  /** What a policy, by default the store's own, would take away. */
  wouldPrune: {
    request: 'POST /stores/:store/would-prune',
    body: 'json',
    input: Store.extend({ policy: RetentionBody.optional() }),
    output: json(PruningBody),
    session: wholes,
  },
} as const satisfies Endpoints;
