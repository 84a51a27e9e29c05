/** What a dream saves after every turn, and goes on from. */
import { z } from 'zod';
import { Usage } from '../consolidator.js';
import { ProposedEdit } from '../edit.js';
import type { Turn } from './context.js';

const SavedTurn = z.object({
  role: z.enum(['user', 'assistant']),
  content: z.array(z.looseObject({ type: z.string() })),
});

/** Of the round under way. */
const Progress = z.object({
  turns: z.array(SavedTurn as unknown as z.ZodType<Turn>),
  /** What the dream had used of its tokens when the round began. */
  began_at: z.int().min(0),
  /** The model has been told to finish. */
  told: z.boolean(),
  /** Answers in a row that called no tool. */
  idle: z.int().min(0),
});
export type Progress = z.infer<typeof Progress>;

const State = z.object({
  format: z.literal(1),
  /** Ids of sessions; null: the last round, over all that was proposed. */
  rounds: z.array(z.array(z.string()).nullable()).min(1),
  /** From 0. */
  round: z.int().min(0),
  progress: Progress.nullable(),
  edits: z.array(z.object({ n: z.int().min(1), edit: ProposedEdit })),
  usage: Usage,
  elapsed_ms: z.number().min(0),
  notes: z.array(z.string()),
  remarks: z.array(z.string()),
  /** What the guard refused while it was proposed: for the remarks. */
  refused: z.array(z.string()),
});
export type State = z.infer<typeof State>;

/** Null: there is none, or it is of another version. */
export function restored(saved: unknown): State | null {
  const state = State.safeParse(saved);
  return state.success ? state.data : null;
}
