/** Stores as directories. */
import { z } from 'zod';
import { type Endpoints, json } from '../endpoint.js';
import { ActorSchema, Flag, Nothing, Selector } from '../parameters.js';

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
  names: z.enum(['at_once', 'within_a_second']).default('at_once'),
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
  at: Selector.optional(),
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

export const mounts = {
  list: {
    request: 'GET /mounts',
    input: Nothing,
    output: json(z.object({ mounts: z.array(MountSummary) })),
    session: 'own',
  },
  mount: {
    request: 'POST /mounts',
    body: 'json',
    input: MountRequest,
    output: json(MountSummary),
    session: 'scope',
  },
  /** `busy` when it is in use; `lazy`: then it goes out of sight at once and ends with its last user. */
  unmount: {
    request: 'DELETE /mounts',
    input: z.object({ path: z.string(), lazy: Flag.default(false) }),
    output: json(UnmountReply),
    session: 'own',
  },
} as const satisfies Endpoints;
