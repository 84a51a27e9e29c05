/**
 * What goes over the control socket: every request and reply as a schema. Types are inferred from them, the
 * command line's `describe` prints them, and fields may be added but not renamed.
 */
import { z } from 'zod';
import { errorCodes } from '../core/errors.js';
import { nameMeaning, namePattern } from '../core/names.js';

/** Of a session or an agent. */
export const Name = z.string().regex(namePattern, nameMeaning);

/** 1 to 255 characters, no control characters, no `/`. */
export const StoreName = z
  .string()
  .min(1)
  .max(255)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is refused
  .regex(/^[^\x00-\x1f\x7f-\x9f/]*$/, 'a store name holds no control characters and no "/"')
  .refine((name) => name !== '.' && name !== '..', 'a store cannot be named "." or ".."');

const versionPattern =
  /^(?:memver_[0-9a-z]+|\d{1,15}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))$/;
const versionMeaning = 'a version is a memver_… id, a sequence number or an RFC 3339 time';

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lowercase hexadecimal');

/** In whose name something is done. Absent: the caller's own; the server decides, and a session is held to its own name. */
export const ActorSchema = z.object({ agent: Name.optional(), session: Name.optional() });
export type ActorRequest = z.infer<typeof ActorSchema>;

export const ErrorBody = z.object({
  error: z.object({
    code: z.enum(errorCodes as [string, ...string[]]),
    message: z.string(),
    hint: z.string().nullable(),
  }),
});
export type ErrorBody = z.infer<typeof ErrorBody>;

/** Where the programs of one installation lie. */
export const Programs = z.object({
  /** Node itself. */
  command: z.string().startsWith('/'),
  keeper: z.string().startsWith('/'),
  engine: z.string().startsWith('/'),
});
export type Programs = z.infer<typeof Programs>;

/** What is to be put in the place of the daemon that runs, without a call that fails. */
export const RestartRequest = z.object({
  /** By which whoever asks finds out from the keeper what became of it. */
  id: z.string().min(1).max(100),
  /** The keeper stays. */
  engine_only: z.boolean().default(false),
  programs: Programs,
});
export type RestartRequest = z.infer<typeof RestartRequest>;

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

const keepDays = z.number().int().min(0).max(36_500);
const keepVersions = z.number().int().min(1).max(1_000_000);

/** What a store keeps: whatever one of the two limits keeps; both null: everything. */
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

const Progress = z.object({ progress: z.object({ done: z.int(), total: z.int() }) });

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

export const Scope = z.enum(['read_write', 'read_only']);
export type Scope = z.infer<typeof Scope>;

export const AllowRule = z.object({ pattern: z.string().min(1).max(4096), access: z.enum(['rw', 'ro']) });
export const PreconditionMode = z.enum(['observed', 'strict', 'off']);
export const OnConflictMode = z.enum(['refuse', 'merge']);

export const MountSummary = z.object({
  /** Unique over all time, new at each mount. */
  connection: z.int(),
  path: z.string(),
  store: z.string(),
  store_name: z.string(),
  branch: z.string(),
  scope: Scope,
  /** The first rule that matches a path decides; what matches none is hidden. Empty: the whole store. */
  allow: z.array(AllowRule),
  precondition: PreconditionMode,
  on_conflict: OnConflictMode,
  /** The record whose state it shows; null: the present. */
  at: z.int().nullable(),
  agent: z.string(),
  session: z.string(),
  state: z.enum(['mounted', 'failed']),
  /** What happens to calls under way when the engine dies: held and answered, or ended with an error. */
  guarantee: z.enum(['resend', 'abort']),
  /** When a change of names that the command line or the API makes shows on a mount that is the only one. */
  names: z.enum(['at_once', 'within_a_second']),
  problem: z.string().nullable(),
});
export type MountSummary = z.infer<typeof MountSummary>;

const Directory = z
  .string()
  .startsWith('/')
  .refine(
    (path) => !path.split('/').includes('..') && !path.includes('\0'),
    'a mountpoint is an absolute path without ".."',
  );

export const MountRequest = z.object({
  store: z.string().min(1),
  /** Absolute, resolved by the caller: the daemon never looks at a path that may lie under a mount. */
  path: Directory,
  branch: z.string().min(1).max(255).default('main'),
  scope: Scope.default('read_write'),
  ...ActorSchema.shape,
  allow: z.array(AllowRule).max(1000).default([]),
  precondition: PreconditionMode.default('observed'),
  on_conflict: OnConflictMode.default('refuse'),
  /** Shows the store as it was after this record or at this time, read-only. */
  at: z.string().regex(versionPattern, versionMeaning).optional(),
  allow_other: z.boolean().default(false),
  suid_dev: z.boolean().default(false),
  /** It is for a run: when that ends and nobody has unmounted it, it goes, and these directories as far as empty. */
  for_run: z.object({ remove: z.array(Directory).max(100) }).optional(),
});
export type MountRequest = z.infer<typeof MountRequest>;

export const UnmountReply = z.object({
  unmounted: z.string(),
  /** It was in use, and goes on for those who use it. */
  detached: z.boolean().default(false),
});
export type UnmountReply = z.infer<typeof UnmountReply>;

export const Status = z.object({
  keeper: z.object({ pid: z.int() }),
  engine: z.object({
    pid: z.int(),
    version: z.string(),
    started_at: z.string(),
    restarts: z.int(),
    epoch: z.int(),
  }),
  socket: z.string(),
  listen: z.string().nullable(),
  data: z.string(),
  /** That the process which asks belongs to; null: it is the owner's. */
  session: z.string().nullable().default(null),
  mounts: z.array(MountSummary),
  stores: z.array(StoreSummary),
  /** Those that wait for review. */
  dreams: z.array(
    z.object({
      id: z.string(),
      store: z.string(),
      store_name: z.string(),
      /** Edits. */
      staged: z.int(),
      since: z.string().nullable(),
    }),
  ),
});
export type Status = z.infer<typeof Status>;

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

export const ImportResult = z.object({
  files: z.int(),
  directories: z.int(),
  symlinks: z.int(),
  links: z.int(),
  bytes: z.int(),
});
export type ImportResult = z.infer<typeof ImportResult>;

/** `memver_…`, a sequence number or an RFC 3339 time, as it comes from a query string. */
export const Selector = z.string().regex(versionPattern, versionMeaning);

/** A version by its id or its sequence number. */
export const RecordSelector = z
  .string()
  .regex(/^(?:memver_[0-9a-z]+|\d{1,15})$/, 'a version is a memver_… id or a sequence number');

export const RedactionBody = z.object({
  /** A record for each content that is gone; `removes` names the versions that had it. */
  records: z.array(LogRecordSchema),
  /** Refused writes that kept one of the contents. */
  conflicts: z.int(),
  /** Versions that were stored together with the redacted ones, and how many of their bytes they still have. */
  still_in: z.array(z.object({ record: LogRecordSchema, bytes: z.int() })),
});
export type RedactionBody = z.infer<typeof RedactionBody>;

/** A `/`-rooted path inside a store; a missing leading slash is added. */
export const StorePath = z
  .string()
  .max(4096)
  .transform(
    (path) =>
      `/${path
        .split('/')
        .filter((part) => part !== '' && part !== '.')
        .join('/')}`,
  )
  .refine(
    (path) => !path.split('/').includes('..') && !path.includes('\0'),
    'a path must not climb out of its store',
  )
  .refine((path) => path.split('/').every((part) => Buffer.byteLength(part) <= 255), {
    message: 'a name is at most 255 bytes long',
    params: { code: 'name_too_long' },
  });

/** What a salvage found in a damaged store, and what not. */
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
  /** What is wrong with pages, whether or not it cost anything; page 0: not known. */
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
