import { z } from 'zod';
import { StoreSummary } from '../api/endpoints/stores.js';

/** The findings and losses of a salvage of a damaged store. */
export const SalvageBody = z.object({
  /** The damaged file. */
  source: z.string(),
  /** The new file; null: a store was made of it, or nothing. */
  file: z.string().nullable(),
  /** The new store of the daemon; null: the file is what was wanted, or nothing. */
  imported: StoreSummary.nullable(),
  /** `memstore_…` of what was read. */
  store: z.string(),
  bytes: z.int(),
  pages: z.int(),
  /** Rows that were read, by table. */
  rows: z.record(z.string(), z.int()),
  /** Faults of pages, whether or not they cost anything; page 0: not known. */
  damage: z.array(z.object({ page: z.int(), of: z.string().nullable(), problem: z.string() })),
  missing: z.array(
    z.object({
      /** `memory`: a file with all its versions; `version`, `records`, `conflict`, `attributes`, `writes`, … */
      kind: z.string(),
      what: z.string(),
      why: z.string(),
      branch: z.string().optional(),
      path: z.string().optional(),
      /** A record, or the first of several up to `through`. */
      seq: z.int().optional(),
      through: z.int().optional(),
      time: z.string().optional(),
      agent: z.string().optional(),
      session: z.string().optional(),
      sha256: z.string().optional(),
      size: z.int().optional(),
      /** The record of the version that is there instead; null: none. */
      stands_in: z.int().nullable().optional(),
    }),
  ),
  /** Contents that nothing names any more, and the branch that has them. */
  unnamed: z.object({ count: z.int(), branch: z.string() }).nullable(),
  /** The newest record that anything tells of. */
  newest: z.int(),
  /** Up to here the journal is the old one, with this chain. */
  proved_to: z.int(),
  chain: z.string(),
  /** The new store. */
  verified: z.object({
    records: z.int(),
    versions: z.int(),
    contents: z.int(),
    head: z.int(),
    chain: z.string(),
  }),
});
export type SalvageBody = z.infer<typeof SalvageBody>;
