/** A dream that waits for review. */
export interface StagedDream {
  /** `drm_…` */
  readonly id: string;
  /** Where its result is. */
  readonly branch: string;
}

export type StagedFile = 'diff' | 'edits.jsonl' | 'report.md';
