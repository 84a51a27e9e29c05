/** A dream as it is kept and shown. */
import { z } from 'zod';
import { Usage } from './consolidator.js';

export const dreamStatuses = [
  'pending',
  'running',
  /** The dream, or what is left of it, waits for review. */
  'staged',
  /** The dream found nothing to change. */
  'nothing_to_do',
  /** The chosen edits are being written; a crash in between is made good at the next start. */
  'applying',
  'applied',
  /** Some edits were left out, or rejected. */
  'partly_applied',
  'rejected',
  'reverting',
  'reverted',
  'failed',
  'canceled',
  /** A later dream of the same schedule has taken its place. */
  'superseded',
] as const;
export type DreamStatus = (typeof dreamStatuses)[number];

export const engines = ['local', 'anthropic'] as const;
export type Engine = (typeof engines)[number];

/** The request that a dream answers. */
export const DreamRequest = z.object({
  engine: z.enum(engines),
  /** Ids of the sessions to read; null: those that are new to the store since its last dream. */
  sessions: z.array(z.string().min(1).max(255)).max(100_000).nullable(),
  /** RFC 3339: only what happened since. */
  since: z.string().nullable(),
  /** Takes all sessions, however many there are. */
  all: z.boolean(),
  instructions: z.string().min(1).max(10_000).nullable(),
  /** For `anthropic` only; null: as configured. */
  model: z.string().min(1).max(200).nullable(),
  base_url: z.string().min(1).max(2000).nullable(),
  /** Whether memories and transcripts may go to the model. */
  allow_upload: z.boolean(),
  /** The schedule that asked for it; null: a person. */
  schedule: z.string().nullable(),
});
export type DreamRequest = z.infer<typeof DreamRequest>;

export const Dream = z.object({
  /** `drm_…` */
  id: z.string(),
  /** `memstore_…` */
  store: z.string(),
  status: z.enum(dreamStatuses),
  request: DreamRequest,
  /** The agent who asked. */
  asked_by: z.string(),
  /** The newest record of the store when it was read; null: it has not been yet. */
  base: z.int().nullable(),
  /** The branch of the store that holds the edits; null: there is none, or none any more. */
  branch: z.string().nullable(),
  /** RFC 3339, UTC */
  created_at: z.string(),
  started_at: z.string().nullable(),
  /** When it was staged, or ended otherwise. */
  ended_at: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
  /** Null: no model was asked. */
  usage: Usage.nullable(),
  remarks: z.array(z.string()),
  /** Numbers of the transcripts and the memories that it was made from. */
  sessions: z.int(),
  memories: z.int(),
  /** RFC 3339: of its transcripts. */
  first_time: z.string().nullable(),
  last_time: z.string().nullable(),
  /** Bytes that its staged edits take away. */
  removed_bytes: z.int(),
});
export type Dream = z.infer<typeof Dream>;

/** Whether a dream is being made or written; there is one at a time for each store. */
export const isUnderWay = ({ status }: Pick<Dream, 'status'>): boolean =>
  status === 'pending' || status === 'running' || status === 'applying' || status === 'reverting';

/** Whether some of its edits wait for review. */
export const waitsForReview = ({ status }: Pick<Dream, 'status'>): boolean => status === 'staged';
