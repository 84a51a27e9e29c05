/** What a session says about something that the store knows. */
import type { EventEvidence } from '../../edit.js';
import type { Atom } from '../../text/atoms.js';
import type { Claim } from '../claims/claim.js';

/** In characters. */
export const longestQuote = 240;

export type StatementKind =
  /** Says how it is. */
  | 'value'
  /** Says that what was asked about still holds. */
  | 'confirmation'
  /** Takes back what was said before. */
  | 'withdrawal';

export interface Statement {
  readonly kind: StatementKind;
  readonly by: 'user' | 'live';
  /** RFC 3339; of an event without a time the session's. */
  readonly time: string;
  readonly session: string;
  readonly subject: string;
  readonly values: readonly Atom[];
  /** What a live value is called, or the words of a sentence. */
  readonly stems: readonly string[];
  readonly scope: readonly string[];
  readonly negated: boolean;
  /** The values that it says hold no more. */
  readonly old: readonly Atom[];
  /** The claim of the store that it repeats, or with other values has the words of; null: it speaks for itself. */
  readonly quotes: Claim | null;
  /** That it is new, not only how it is. */
  readonly isChange: boolean;
  /** To write in place of what it corrects: a sentence, or of a live value `key: value`. */
  readonly text: string;
  readonly evidence: readonly EventEvidence[];
}
