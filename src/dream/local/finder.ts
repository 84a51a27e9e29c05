import type { TranscriptEvent } from '../../sessions/event.js';
import type { ProposedEdit } from '../edit.js';
import type { DreamInput, TranscriptSession } from '../input.js';

/** One way to find something worth an edit. */
export interface Finder {
  /** The name that the progress of a dream shows. */
  readonly name: string;
  /** Called before all sessions. */
  begin?(input: DreamInput): void;
  /** Called for each session, in the order of their first times, with all of its events, in order. */
  observe?(session: TranscriptSession, events: readonly TranscriptEvent[]): void;
  /** Called after all sessions. `earlier`: the proposals of the finders before it, whose lines are taken. */
  propose(input: DreamInput, earlier: readonly ProposedEdit[]): readonly ProposedEdit[];
  /** Called after that: observations for the report that became no edit, one sentence each. */
  remarks?(): readonly string[];
}
