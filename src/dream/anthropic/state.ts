/** The state that a dream saves after every turn, and goes on from. */
import { z } from 'zod';
import { Usage } from '../consolidator.js';
import { ProposedEdit } from '../edit.js';
import type { Turn } from './context.js';

const SavedTurn = z.object({
  role: z.enum(['user', 'assistant']),
  content: z.array(z.looseObject({ type: z.string() })),
});

/** The round under way. */
const Progress = z.object({
  turns: z.array(SavedTurn as unknown as z.ZodType<Turn>),
  /** The tokens that the dream had used when the round began. */
  began_at: z.int().min(0),
  /** Whether the model has been told to finish. */
  told: z.boolean(),
  /** Answers in a row that called no tool. */
  idle: z.int().min(0),
});
export type Progress = z.infer<typeof Progress>;

const State = z.object({
  format: z.literal(1),
  /** Ids of the sessions of each round; null: the last round, over all that was proposed. */
  rounds: z.array(z.array(z.string()).nullable()).min(1),
  /** From 0. */
  round: z.int().min(0),
  progress: Progress.nullable(),
  edits: z.array(z.object({ n: z.int().min(1), edit: ProposedEdit })),
  usage: Usage,
  elapsed_ms: z.number().min(0),
  notes: z.array(z.string()),
  remarks: z.array(z.string()),
  /** Edits that the guard refused while they were proposed, for the remarks. */
  refused: z.array(z.string()),
});
export type State = z.infer<typeof State>;

/** Null when there is no state, or it is of another version. */
export function restored(saved: unknown): State | null {
  const state = State.safeParse(saved);
  return state.success ? state.data : null;
}
