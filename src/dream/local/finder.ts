import type { TranscriptEvent } from '../../sessions/event.js';
import type { ProposedEdit } from '../edit.js';
import type { DreamInput, TranscriptSession } from '../input.js';

/** One way to find something worth an edit. */
export interface Finder {
  /** For the progress of a dream. */
  readonly name: string;
  /** Before all sessions. */
  begin?(input: DreamInput): void;
  /** Once for each session, in the order of their first times; all of its events, in order. */
  observe?(session: TranscriptSession, events: readonly TranscriptEvent[]): void;
  /** After all sessions. `earlier`: what the finders before it propose, whose lines are taken. */
  propose(input: DreamInput, earlier: readonly ProposedEdit[]): readonly ProposedEdit[];
  /** After that, for the report: what was seen and not made an edit of, one sentence each. */
  remarks?(): readonly string[];
}
