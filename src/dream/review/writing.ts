/** A writing: the changes that applying or reverting a dream makes to its store. */
import type { DreamStatus } from '../dream.js';
import type { Edit } from '../edit.js';
import type { TreeStep } from '../tree-steps.js';

/** One step, with the actor who is named for it. */
export interface WritingStep {
  readonly step: TreeStep;
  /** The text that the store must hold at its path; null: nothing. */
  readonly expected: string | null;
  readonly agent: string;
  readonly session: string;
}

export type TextEntry = readonly [path: string, text: string];

export interface Writing {
  readonly kind: 'apply' | 'revert';
  /** In the order in which they are taken; none once they are written. */
  readonly steps: readonly WritingStep[];
  /** The memories that it changes: a revert needs them, whatever becomes of the store's history. */
  readonly before: readonly TextEntry[];
  readonly after: readonly TextEntry[];
  readonly moved: readonly { readonly path: string; readonly to: string }[];
  readonly removedBytes: number;
  /**
   * The newest record of the dream's branch then: a reviewer's changes up to it are written. Null for a
   * revert.
   */
  readonly reviewedUpTo: number | null;
  /** The dream as it is when all is written. */
  readonly edits: readonly Edit[];
  readonly status: DreamStatus;
}
