/** A named line of the journal besides main: a dream works on one. */
export interface BranchInfo {
  readonly name: string;
  /** The newest record of main when it was forked; 0 when there was none, and for main itself null. */
  readonly fork_seq: number | null;
}
