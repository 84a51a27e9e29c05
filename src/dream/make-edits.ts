/** From what a dream reads to judged edits: a consolidator proposes, the guard decides. */
import type { Consolidator, DreamContext, Usage } from './consolidator.js';
import type { Judge, Judged } from './guard/judge.js';
import type { DreamInput } from './input.js';

export interface Making {
  readonly consolidator: Consolidator;
  readonly judge: Judge;
  readonly context: DreamContext;
  /** Fingerprints of edits that were rejected before; asked for when the edits are there. */
  rejected(): ReadonlySet<string>;
}

export interface MadeEdits extends Judged {
  /** Null: no model was asked. */
  readonly usage: Usage | null;
}

/**
 * Rejects with `interrupted` when the signal of the context says so, and with whatever the consolidator
 * throws.
 */
export async function makeEdits(input: DreamInput, making: Making): Promise<MadeEdits> {
  const { consolidator, judge, context, rejected } = making;
  const { edits, usage, remarks } = await consolidator.consolidate(input, context);
  context.progress(0, 0, 'judging the edits');
  const judged = judge(input, edits, rejected());
  return { ...judged, usage, remarks: [...remarks, ...judged.remarks] };
}
