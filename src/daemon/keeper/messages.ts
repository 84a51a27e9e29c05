/** The messages of keeper and engine over their socketpair; descriptors travel beside the JSON. */
import { z } from 'zod';
import { RestartRequest } from '../../api/keeper-state.js';

/** How the keeper is to mount. */
export const MountOrder = z.object({
  connection: z.int(),
  path: z.string(),
  /** See mount-source.ts. */
  source: z.string(),
  /** Mounts that this data directory's earlier daemons left at the path are to be detached first. */
  replace: z.boolean(),
  allow_other: z.boolean(),
  read_only: z.boolean(),
  suid_dev: z.boolean(),
});
export type MountOrder = z.infer<typeof MountOrder>;

/** A kernel connection that the keeper holds. */
export const HeldMount = z.object({
  connection: z.int(),
  path: z.string(),
  source: z.string(),
});
export type HeldMount = z.infer<typeof HeldMount>;

export const WaitingCall = z.object({
  type: z.literal('waits'),
  connection: z.int(),
  request: z.string(),
});

export const EngineMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello') }),
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('beat') }),
  /** The kernel agreed, or not, to ask again after the engine's death. */
  z.object({ type: z.literal('negotiated'), connection: z.int(), resend: z.boolean() }),
  z.object({ type: z.literal('mount'), request: z.int(), order: MountOrder }),
  z.object({
    type: z.literal('unmount'),
    request: z.int(),
    connection: z.int(),
    lazy: z.boolean(),
  }),
  /** The connection ended by itself (someone else unmounted it). */
  z.object({ type: z.literal('forget'), connection: z.int() }),
  /** The next end of this engine is wanted: end too. */
  z.object({ type: z.literal('stopping') }),
  z.object({ type: z.literal('restart'), request: z.int(), order: RestartRequest }),
  /** It leaves a call unanswered that waits for what another process does: the kernel's request, in base64. */
  WaitingCall,
  /** It ends now, as it was asked to; of these connections it leaves no other call unanswered. */
  z.object({ type: z.literal('left'), answered: z.array(z.int()) }),
]);
export type EngineMessage = z.infer<typeof EngineMessage>;

export const KeeperMessage = z.discriminatedUnion('type', [
  /** With one descriptor, before `welcome`. */
  z.object({ type: z.literal('held'), mount: HeldMount }),
  /** After it: what the last engine left waiting. */
  WaitingCall,
  z.object({
    type: z.literal('welcome'),
    keeper: z.int(),
    restarts: z.int(),
  }),
  /** With one descriptor. */
  z.object({ type: z.literal('mounted'), request: z.int() }),
  z.object({ type: z.literal('done'), request: z.int() }),
  z.object({
    type: z.literal('failed'),
    request: z.int(),
    code: z.string(),
    message: z.string(),
    hint: z.string().nullable(),
  }),
  /** Commit, unmount nothing more than asked for, end. */
  z.object({ type: z.literal('stop') }),
  /** Commit and end; another engine goes on with the mounts. */
  z.object({ type: z.literal('leave') }),
]);
export type KeeperMessage = z.infer<typeof KeeperMessage>;
