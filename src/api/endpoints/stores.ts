/** Stores as wholes: made, listed, copied, set aside, deleted. */
import { z } from 'zod';
import { bytes, bytesWith, type Endpoints, json, lines, refused } from '../endpoint.js';
import { Nothing, Progress, Store, StoreName } from '../parameters.js';

export const StoreSummary = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  created_at: z.string(),
  /** Set aside: it takes no changes and no mounts. */
  archived: z.boolean(),
  /** Its file is known to be missing or damaged. Absent: not asked for. */
  problem: z.string().nullable().optional(),
});
export type StoreSummary = z.infer<typeof StoreSummary>;

export const StoreDetail = StoreSummary.extend({
  head: z.int(),
  memories: z.int(),
  directories: z.int(),
  versions: z.int(),
  content_bytes: z.int(),
  disk_bytes: z.int(),
  /** What is held against the limit, and the limit; null: there is none. */
  held_bytes: z.int(),
  limit_bytes: z.int().nullable(),
  damaged: z.string().nullable(),
  /** Why changes or syncs fail for the moment: no room, a lock of another program, a failed sync. */
  trouble: z.string().nullable(),
  /** Stored bytes; what several contents share is counted once, for the first of these that has it. */
  space: z.object({
    living: z.int(),
    unversioned: z.int(),
    history: z.int(),
    conflicts: z.int(),
    free: z.int(),
    wal: z.int(),
  }),
  /** Versions whose contents were taken away. */
  redacted: z.int(),
  pruned: z.int(),
  /** Main first; `fork_seq`: the newest record of main when the branch was made from it. */
  branches: z.array(z.object({ name: z.string(), fork_seq: z.int().nullable() })),
});
export type StoreDetail = z.infer<typeof StoreDetail>;

/** Where the database of a store is. */
export const StoreFile = z.object({ id: z.string(), name: z.string(), path: z.string() });
export type StoreFile = z.infer<typeof StoreFile>;

export const ForkRequest = z.object({ name: StoreName, description: z.string().max(4096).optional() });
export type ForkRequest = z.infer<typeof ForkRequest>;

export const ForkEvent = z.union([Progress, z.object({ store: StoreSummary })]);
export type ForkEvent = z.infer<typeof ForkEvent>;

export const SnapshotFacts = z.object({
  id: z.string(),
  name: z.string(),
  bytes: z.int(),
  records: z.int(),
  versions: z.int(),
  head: z.int(),
  chain: z.string(),
});
export type SnapshotFacts = z.infer<typeof SnapshotFacts>;

export const NewStoreRequest = z.object({ name: StoreName, description: z.string().max(4096).default('') });
export type NewStoreRequest = z.infer<typeof NewStoreRequest>;

const wholes = refused('look after stores as wholes');
const NewStore = z.object({ store: StoreName });

export const stores = {
  list: {
    request: 'GET /stores',
    input: Nothing,
    output: json(z.object({ stores: z.array(StoreSummary) })),
    session: 'scope',
  },
  create: {
    request: 'POST /stores',
    body: 'json',
    input: NewStoreRequest,
    output: json(StoreSummary),
    session: refused('make stores'),
  },
  show: { request: 'GET /stores/:store', input: Store, output: json(StoreDetail), session: 'whole' },
  /** With what was acknowledged in it as far as that goes: for who salvages it. */
  file: { request: 'GET /stores/:store/file', input: Store, output: json(StoreFile), session: wholes },
  /** Sets a store aside, or takes it back. `busy` while it is mounted. */
  archive: {
    request: 'POST /stores/:store/archive',
    body: 'json',
    input: Store.extend({ archived: z.boolean() }),
    output: json(StoreSummary),
    session: wholes,
  },
  /** For good. `confirm` must be its name. `busy` while it is mounted. */
  delete: {
    request: 'DELETE /stores/:store',
    input: Store.extend({ confirm: z.string() }),
    output: json(StoreSummary),
    session: wholes,
  },
  /** A new store with all the history of this one; ends with it. */
  fork: {
    request: 'POST /stores/:store/fork',
    body: 'json',
    input: Store.extend(ForkRequest.shape),
    output: lines(ForkEvent),
    session: wholes,
  },
  /** A verified copy of its file. */
  snapshot: {
    request: 'GET /stores/:store/snapshot',
    input: Store,
    output: bytesWith('memfsd-snapshot', SnapshotFacts),
    session: wholes,
  },
  /** A new store out of such a file. */
  importSnapshot: {
    request: 'PUT /stores/:store/snapshot',
    body: 'bytes',
    input: NewStore,
    output: json(StoreSummary),
    session: wholes,
  },
  /** The whole history as lines: docs/history-format.md. */
  exportHistory: { request: 'GET /stores/:store/history', input: Store, output: bytes, session: wholes },
  /** Makes a store of such lines, or fills an empty one; ends with it. */
  importHistory: {
    request: 'PUT /stores/:store/history',
    body: 'bytes',
    input: NewStore,
    output: lines(ForkEvent),
    session: wholes,
  },
} as const satisfies Endpoints;
