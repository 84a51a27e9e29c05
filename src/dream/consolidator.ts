/**
 * The interface of what reads store and transcripts and proposes edits. The guard judges all proposals alike.
 */
import { z } from 'zod';
import type { ProposedEdit } from './edit.js';
import type { DreamInput } from './input.js';

/** Tokens of a model, as the Messages API counts them. */
export const Usage = z.object({
  input_tokens: z.int().min(0),
  output_tokens: z.int().min(0),
  cache_creation_input_tokens: z.int().min(0),
  cache_read_input_tokens: z.int().min(0),
});
export type Usage = z.infer<typeof Usage>;

export interface Consolidation {
  readonly edits: readonly ProposedEdit[];
  /** Null: no model was asked. */
  readonly usage: Usage | null;
  /** Observations for the report that became no edit, one sentence each. */
  readonly remarks: readonly string[];
}

export interface DreamContext {
  readonly signal: AbortSignal;
  /** `done` of `total` parts of the work are done; `what` tells a person which one is under way. */
  progress(done: number, total: number, what: string): void;
  /** The last argument of `save` in a run of this dream that did not end; null: it is a first run. */
  readonly saved: unknown;
  /** Keeps JSON before it returns. */
  save(state: unknown): void;
}

export interface Consolidator {
  /** Rejects with `interrupted` when the signal says so. */
  consolidate(input: DreamInput, context: DreamContext): Promise<Consolidation>;
}
