/** The keeper's state and restarts, and the requests to it. */
import { z } from 'zod';

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

/** The outcome of a restart that was asked for. */
export const RestartState = z.object({
  id: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
});
export type RestartState = z.infer<typeof RestartState>;

export const KeeperState = z.object({
  pid: z.int(),
  version: z.string(),
  engine: z.int().nullable(),
  restarts: z.int(),
  /** It was told to end: a new daemon can start once it has. */
  stopping: z.boolean(),
  /** The latest, or that by which this keeper came. */
  restart: RestartState.nullable().default(null),
});
export type KeeperState = z.infer<typeof KeeperState>;
