/**
 * The messages of a keeper and the one that takes its place, over their socketpair; descriptors travel beside the
 * JSON. The two may be of different versions: fields are added and not renamed, and what one does not know it overhears.
 */
import { z } from 'zod';
import { WaitingCall } from '../keeper/messages.js';

/** A mount that is passed on: what `Held` of keeper.ts holds, without descriptors. */
export const PassedMount = z.object({
  connection: z.int(),
  path: z.string(),
  source: z.string(),
  id: z.int(),
  minor: z.int(),
  resend: z.boolean().nullable(),
});
export type PassedMount = z.infer<typeof PassedMount>;

export const SuccessorMessage = z.discriminatedUnion('type', [
  /** It and its engine are loaded: the old engine may leave. */
  z.object({ type: z.literal('loaded'), version: z.string() }),
  /** Its engine serves all mounts: the old keeper may end. */
  z.object({ type: z.literal('taken') }),
  z.object({
    type: z.literal('failed'),
    code: z.string(),
    message: z.string(),
    hint: z.string().nullable(),
  }),
]);
export type SuccessorMessage = z.infer<typeof SuccessorMessage>;

export const PredecessorMessage = z.discriminatedUnion('type', [
  /** With the connection's descriptor and, if there is one, that of its control file. */
  z.object({ type: z.literal('mount'), mount: PassedMount }),
  WaitingCall,
  /** After all mounts; with the lock of the data directory and the socket that listens for callers. */
  z.object({ type: z.literal('take'), restart: z.string() }),
]);
export type PredecessorMessage = z.infer<typeof PredecessorMessage>;
